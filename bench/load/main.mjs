/**
 * The load's own process: connects through a driver, then does one task after the other as its parent asks. Ends with
 * its parent.
 */
import process from 'node:process';
import { caughtUp, killLeader } from './kill.mjs';
import { measure, prepare } from './run.mjs';

/** @typedef {import('../contract.mjs').Driver} Driver */

/**
 * @typedef {{ type: 'connect', driver: string, target: unknown, clients: number }
 *   | ({ type: 'prepare' } & import('./run.mjs').Preparation)
 *   | ({ type: 'measure' } & import('./run.mjs').Task)
 *   | ({ type: 'kill' } & import('./kill.mjs').KillTask)
 *   | { type: 'caught-up', node: string }} Request
 */
/** @typedef {{ ok: true, value: unknown } | { ok: false, message: string }} Answer */

/** @type {Driver | null} */
let connected = null;

/** @param {Extract<Request, { type: 'connect' }>} request */
async function connect({ driver, target, clients }) {
  const module = /** @type {{ connect: (target: unknown, count: number) => Promise<Driver> }} */ (
    await import(driver)
  );
  connected = await module.connect(target, clients);
  // The cluster has a leader once something was put.
  await Promise.all(
    connected.clients.map((client) => client.put('bench/ready', new Uint8Array(1))),
  );
}

/** @param {Request} request @returns {Promise<unknown>} */
async function perform(request) {
  if (request.type === 'connect') return await connect(request);
  if (connected === null) throw new Error('not connected');
  switch (request.type) {
    case 'prepare':
      return await prepare(connected, request);
    case 'measure':
      return await measure(connected, request);
    case 'kill':
      return await killLeader(connected, request);
    case 'caught-up':
      return await caughtUp(connected, request.node);
  }
}

/** @param {Answer} answer */
const tell = (answer) => process.send?.(answer);

process.on('message', (/** @type {Request} */ request) => {
  perform(request).then(
    (value) => tell({ ok: true, value: value ?? null }),
    (error) => tell({ ok: false, message: error instanceof Error ? error.message : String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
