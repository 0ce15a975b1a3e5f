/** The end of every run: after the faults, with the traitors still at work, everything is answered within a bound. */
import { limits } from '../../src/base/limits.ts';
import type { Parameters } from '../../src/consensus/model/configuration.ts';
import { faultsTolerated } from '../../src/consensus/model/quorum.ts';
import { Violation } from './checkers/checker.ts';
import type { World } from './world.ts';

/** How many times every way to a peer is asked while a traitor withholds what it has (E3, D3). */
const ROUNDS_OF_FETCHING = 2;

/**
 * How long a healed cluster may take, from its timeouts and its state. Let D be the time a bad term can last at most:
 * nobody proven within the election timeout, or a request that waits for the request timeout. S3 doubles it with each
 * term, from the lowest exponent of an honest node up to the highest there is; from there one rotation brings an honest
 * candidate after at most f traitors. Before and in that term what is missing is fetched, from each peer in turn, with
 * patience that doubles likewise (D3); the margin for messages and disks is one D.
 */
export function tangaroaBoundMs(
  { electionTimeoutMs, requestTimeoutMs, heartbeatIntervalMs }: Parameters,
  voters: number,
  lowestBackoff: number,
): number {
  const termMs = electionTimeoutMs + requestTimeoutMs;
  let boundMs = termMs;
  for (let k = lowestBackoff; k < limits.backoffMax; k++) boundMs += termMs * 2 ** k;
  boundMs += (faultsTolerated(voters) + 1) * termMs * 2 ** limits.backoffMax;
  const fetchMs = 2 * heartbeatIntervalMs * 2 ** limits.backoffMax;
  return boundMs + ROUNDS_OF_FETCHING * voters * fetchMs;
}

/** Every request of an honest client is answered, and all honest nodes stand where the highest of them does. */
export function isDone(world: World): boolean {
  if (!world.clients.honest.every((client) => client.idle)) return false;
  const { highest } = world.checkers.agreement;
  return world.honestNodes.every(({ status, up }) => up && status.applied === highest);
}

export function demandProgress(world: World, boundMs: number): void {
  if (isDone(world)) return;
  const nodes = world.honestNodes.map(
    ({ id, status, up }) =>
      `${id}${up ? '' : ' (down)'} ${status.role} term ${status.term} accepted ${status.accepted.index} ` +
      `prepared ${status.prepared.index} committed ${status.committed.index} applied ${status.applied} ` +
      `pending ${status.pending} backoff ${status.backoff}`,
  );
  const waiting = world.clients.honest.filter((client) => !client.idle).length;
  const { highest } = world.checkers.agreement;
  throw new Violation(
    'liveness',
    `${boundMs} ms after healing ${waiting} clients wait; highest committed ${highest}\n${nodes.join('\n')}`,
  );
}
