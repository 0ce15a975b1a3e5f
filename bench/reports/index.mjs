/** All reports, in the order of the help. */
import { ablation } from './ablation.mjs';
import { failover } from './failover.mjs';
import { overhead } from './overhead.mjs';
import { peers } from './peers.mjs';
import { scale } from './scale.mjs';
import { workloads } from './workloads.mjs';

/** @type {readonly import('./plan.mjs').Report[]} */
export const REPORTS = [workloads, overhead, ablation, scale, failover, peers];

/** @param {string} name @returns {import('./plan.mjs').Report} */
export function reportNamed(name) {
  const report = REPORTS.find((one) => one.name === name);
  if (report === undefined) throw new RangeError(`there is no report '${name}'`);
  return report;
}
