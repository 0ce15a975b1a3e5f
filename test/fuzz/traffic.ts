/**
 * Real traffic to mutate: frames that the nodes and clients of a simulated cluster sent each other, and what one of
 * them stored. The cluster is the real host, core, codec and log; its seed makes it the same each time. A traitor in it
 * makes what honest nodes rarely say: suspicions, refusals, evidence, proofs.
 */
import type { MemoryLevel } from 'memory-level';
import { Random } from '../../src/base/random.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { CHARACTERS } from '../sim/characters.ts';
import { Storm } from '../sim/faults.ts';
import { nodeAt } from '../sim/network.ts';
import { drawPlan, NOTHING_FIXED } from '../sim/plan.ts';
import type { Plan } from '../sim/plan.ts';
import { World } from '../sim/world.ts';

export interface PeerFrame {
  readonly atMs: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly frame: Uint8Array;
}

export interface ClientFrame {
  readonly atMs: number;
  readonly node: NodeId;
  readonly client: ClientId;
  readonly frame: Uint8Array;
}

export type Pair = readonly [key: Uint8Array, value: Uint8Array];

export interface Traffic {
  readonly world: World;
  readonly peers: readonly PeerFrame[];
  readonly toNodes: readonly ClientFrame[];
  readonly toClients: readonly ClientFrame[];
  /** What went wrong meanwhile, and how often. */
  readonly exercised: Storm['exercised'];
}

const SEED = 20_261;
const STORM_MS = 4_000;
const FRAMES_MAX = 12_000;

/** Four nodes, two clients and one that breaks the rules: the cluster that most targets are of. */
export function planOf(protocol: ProtocolName, attacks: readonly string[] | null): Plan {
  const plan = drawPlan(SEED, new Random(SEED), {
    ...NOTHING_FIXED,
    protocol,
    nodes: 4,
    traitors: protocol === 'tangaroa' ? 1 : 0,
    attacks,
    stormMs: STORM_MS,
  });
  return {
    ...plan,
    clients: 2,
    rogueClients: protocol === 'tangaroa' ? 1 : 0,
    thinkMsMax: 40,
    // The highest id: it is dialed by all, and leads last.
    traitors: plan.traitors.map((traitor) => ({ ...traitor, node: 3, twin: false })),
    diskFailures: false,
    clockJumps: false,
    skewMs: 0,
    driftPpm: 0,
  };
}

async function record(protocol: ProtocolName): Promise<Traffic> {
  const { arsenal } = CHARACTERS[protocol];
  const attacks = protocol === 'tangaroa' ? arsenal.attacks.map(({ name }) => name) : null;
  const random = new Random(SEED);
  const world = new World(planOf(protocol, attacks), random);
  const peers: PeerFrame[] = [];
  const toNodes: ClientFrame[] = [];
  const toClients: ClientFrame[] = [];
  const { network, scheduler } = world;
  const overheard = network.tap;
  network.tap = (from, to, frame) => {
    overheard?.(from, to, frame);
    if (peers.length < FRAMES_MAX)
      peers.push({ atMs: scheduler.nowMs, from: nodeAt(from), to: nodeAt(to), frame });
  };
  for (const node of world.nodes) {
    const deliver = node.clientFrame.bind(node);
    node.clientFrame = (client, frame) => {
      toNodes.push({ atMs: scheduler.nowMs, node: node.id, client, frame });
      deliver(client, frame);
    };
  }
  const answer = world.sendToClient.bind(world);
  world.sendToClient = (node, client, frame) => {
    toClients.push({ atMs: scheduler.nowMs, node, client, frame });
    answer(node, client, frame);
  };
  for (const node of world.nodes) node.start();
  for (const client of world.clients.honest) client.resume();
  const { exercised } = new Storm(world, random.fork(), STORM_MS);
  await world.run(STORM_MS);
  return { world, peers, toNodes, toClients, exercised };
}

const recorded = new Map<ProtocolName, Promise<Traffic>>();

/** Recorded once in a process. */
export function trafficOf(protocol: ProtocolName): Promise<Traffic> {
  const known = recorded.get(protocol);
  if (known !== undefined) return known;
  const traffic = record(protocol);
  recorded.set(protocol, traffic);
  return traffic;
}

/** What is in a database, in order. */
export async function pairsOf(
  database: Pick<MemoryLevel<Uint8Array, Uint8Array>, 'iterator'>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for await (const pair of database.iterator()) pairs.push(pair);
  return pairs;
}

/** So many frames of a kind, spread over the whole run: the kind is the second byte. */
export function spread(
  frames: readonly { readonly frame: Uint8Array }[],
  each: number,
): Uint8Array[] {
  const byKind = new Map<number, Uint8Array[]>();
  for (const { frame } of frames) {
    const kind = frame[1] ?? 0;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [frame]);
    else known.push(frame);
  }
  return [...byKind.values()].flatMap((of) => {
    const step = Math.max(1, Math.floor(of.length / each));
    return of.filter((_, i) => i % step === 0).slice(0, each);
  });
}
