/** Waiting for a cluster: until it leads and answers, until all nodes have applied the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../cluster/session.ts';
import type { ClusterView } from '../cluster/status-view.ts';
import { CliError, stoppedBy } from '../cli-error.ts';
import { askStatus } from '../commands/status.ts';
import type { World } from '../world.ts';

const POLL_MS = 100;

export interface WaitOptions {
  readonly timeoutMs: number;
  /** What is waited for, for the message: `cannot <what> within …`. */
  readonly what: string;
  readonly until: (cluster: ClusterView) => boolean;
  /** Aborted when a node died: nothing to wait for any more. */
  readonly isLost: () => boolean;
}

export function allAnswer(cluster: ClusterView): boolean {
  return cluster.nodes.every((line) => line.view !== null);
}

export function isLed(cluster: ClusterView): boolean {
  return cluster.hasQuorum && cluster.leader !== null;
}

/** Every node has applied the same index, and no node knows of a higher committed one. */
export function isEven(cluster: ClusterView): boolean {
  return (
    allAnswer(cluster) && cluster.nodes.every((line) => line.lag === 0 && isSettled(line.view))
  );
}

function isSettled(view: ClusterView['nodes'][number]['view']): boolean {
  return (
    view !== null &&
    view.stateDigest !== '' &&
    view.applied === view.committed &&
    view.accepted === view.committed
  );
}

/** @throws CliError `unavailable` when the time is over */
export async function waitFor(
  session: Session,
  world: World,
  options: WaitOptions,
): Promise<ClusterView> {
  const deadlineMs = performance.now() + options.timeoutMs;
  for (;;) {
    const cluster = await askStatus(session, world);
    if (world.stop.aborted) throw stoppedBy(world.stop);
    if (options.until(cluster)) return cluster;
    if (options.isLost() || performance.now() > deadlineMs) {
      const lines = cluster.nodes.map((line) =>
        line.view === null
          ? `${line.id} does not answer`
          : `${line.id} applied ${line.view.applied} of ${cluster.committed}`,
      );
      const exit = options.isLost() ? 'node-died' : 'unavailable';
      throw new CliError(exit, `${options.what}: ${lines.join(', ')}`, {
        code: 'not-even',
        hint: 'the logs of the nodes say why',
      });
    }
    await sleep(POLL_MS);
  }
}
