/**
 * Loaded into a node before its own program (`node --import`): tells the benchmark, when asked, by how much the event
 * loop was late at worst, and ends the node if the benchmark is gone.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

/** The monitor's timer period; what it records beyond is delay. */
const RESOLUTION_MS = 10;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

if (process.send !== undefined) {
  process.on('message', (/** @type {unknown} */ message) => {
    if (message !== 'loop-delay') return;
    const worstMs = delay.count === 0 ? 0 : Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    delay.reset();
    process.send?.({ type: 'loop-delay', worstMs });
  });
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel keeps no node alive that wants to end.
  process.channel?.unref();
}
