/** The client library, believing what its rung believes. */
import { nodeClientDeps } from '../../dist/node/index.js';
import { connectWith } from '../load/drivers/tangaroa.mjs';
import { rungOf } from './rungs.mjs';

/** @typedef {import('../load/drivers/tangaroa.mjs').Target & { rung: string }} Target */

/** @param {Target} target @param {number} count of clients */
export function connect(target, count) {
  const { makeTrust } = rungOf(target.rung);
  return connectWith(target, count, { ...nodeClientDeps(), makeTrust });
}
