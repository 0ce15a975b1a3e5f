/** The cluster of one round: honest nodes as a user starts them, and the clients that the lab needs. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeView } from '../../../src/cli/cluster/status-view.ts';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import { RealCluster } from '../../../test/cluster/real-cluster.ts';
import type { LoadedClient } from '../load/main.ts';

export interface ClusterPlan {
  readonly protocol: ProtocolName;
  readonly nodes: number;
  /** Clients under load beside the victim, and operations that all of them keep in flight. */
  readonly clients: number;
  readonly inFlight: number;
}

/** The client that an attacker picks on, and the one whose key it stole. */
export const VICTIM = 'victim';
const STOLEN = 'mallory';
const STOLEN_READER = 'moriarty';
const VICTIM_IN_FLIGHT = 2;

export async function makeCluster({ protocol, nodes, clients }: ClusterPlan): Promise<RealCluster> {
  const writers = [...clientNames(clients), VICTIM, STOLEN];
  return RealCluster.make(nodes, [
    ...['--protocol', protocol],
    ...writers.map((name) => `--client=${name}:writer`),
    '--client=reader:reader',
    `--client=${STOLEN_READER}:reader`,
  ]);
}

function clientNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `load${at + 1}`);
}

export function keyFileOf(cluster: RealCluster, client: string): string {
  return path.join(cluster.directory, 'clients', `${client}.key`);
}

export function stolenKeyFiles(cluster: RealCluster): {
  readonly clientKeyFile: string;
  readonly readerKeyFile: string;
} {
  return {
    clientKeyFile: keyFileOf(cluster, STOLEN),
    readerKeyFile: keyFileOf(cluster, STOLEN_READER),
  };
}

export function loadedClients(
  cluster: RealCluster,
  { clients, inFlight }: ClusterPlan,
): readonly LoadedClient[] {
  const each = Math.max(1, Math.floor(inFlight / clients));
  return [
    ...clientNames(clients).map((name) => ({ name, inFlight: each, isVictim: false })),
    { name: VICTIM, inFlight: VICTIM_IN_FLIGHT, isVictim: true },
  ].map((client) => ({ ...client, keyFile: keyFileOf(cluster, client.name) }));
}

/** What honest nodes say of themselves at the end. */
export interface HonestView {
  readonly node: string;
  /** Null where it does not answer. */
  readonly view: NodeView | null;
}

const POLL_MS = 100;

/**
 * Waits until all honest nodes have applied the same index and stand still, at most `timeoutMs`; then tells how they
 * stand, even or not.
 */
export async function settled(
  cluster: RealCluster,
  honest: readonly string[],
  timeoutMs: number,
): Promise<readonly HonestView[]> {
  const deadline = performance.now() + timeoutMs;
  let before = '';
  for (;;) {
    const { nodes } = await cluster.view();
    const views = honest.map((node) => ({
      node,
      view: nodes.find(({ id }) => id === node)?.view ?? null,
    }));
    const now = views.map(({ view }) => (view === null ? '-' : String(view.applied))).join(' ');
    const isEven = views.every(
      ({ view }) => view !== null && view.applied === views[0]?.view?.applied,
    );
    if ((isEven && now === before) || performance.now() > deadline) return views;
    before = now;
    await sleep(POLL_MS);
  }
}
