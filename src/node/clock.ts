/** The clock of a real node. */
import type { Clock } from '../host/ports.ts';

/** `setImmediate` runs after the sockets were read: what arrived together is stepped together. */
export const systemClock: Clock = {
  now: () => ({ monotonicMs: performance.now(), wallMs: Date.now() }),
  defer: (callback) => {
    setImmediate(callback);
  },
  every: (intervalMs, callback) => {
    const timer = setInterval(callback, intervalMs);
    return () => clearInterval(timer);
  },
};
