/** Closed loop: so many in flight, each followed by the next as soon as it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';

/** After an operation failed, its place in the loop rests, so that a cluster that is down is not hammered. */
const REST_MS = 50;

/**
 * Runs until the window is over or the source has no more.
 *
 * @param {readonly import('../contract.mjs').DriverClient[]} clients
 * @param {import('./sources.mjs').Source} source
 * @param {number} inFlight
 * @param {import('./window.mjs').Window} window
 */
export async function closedLoop(clients, source, inFlight, window) {
  await Promise.all(
    Array.from({ length: inFlight }, async (_, at) => {
      const client = clients[at % clients.length];
      if (client === undefined) throw new Error('no client');
      while (!window.isOver) {
        const call = source.next();
        if (call === null) return;
        await once(client, call, window);
      }
    }),
  );
}

/**
 * @param {import('../contract.mjs').DriverClient} client
 * @param {import('./sources.mjs').Call} call
 * @param {import('./window.mjs').Window} window
 */
async function once(client, call, window) {
  const sentMs = performance.now();
  try {
    await call(client);
  } catch (error) {
    window.failed(error);
    await sleep(REST_MS);
    return;
  }
  // Counted where it ends, so that rate and latency speak of the same operations.
  if (!window.isOpen) return;
  window.acknowledged();
  window.record(performance.now() - sentMs);
}
