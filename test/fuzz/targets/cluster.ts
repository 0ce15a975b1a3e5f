/**
 * A whole simulated cluster of which one node and one client are the fuzzer's: it sends what it likes under their keys,
 * and changes what the node would have said. Everything that the simulator checks must hold: agreement, exactly once,
 * memory within its bounds, no link closed between honest ends, and every honest client answered in the end.
 */
import { Random } from '../../../src/base/random.ts';
import type { ClientId, NodeId } from '../../../src/consensus/model/ids.ts';
import { demandProgress, isDone } from '../../sim/liveness.ts';
import { CALM } from '../../sim/network.ts';
import { World } from '../../sim/world.ts';
import { otherGround, otherPlan } from '../ground.ts';
import { BYTE_MUTATIONS } from '../mutate.ts';
import { resealFrame } from '../reseal.ts';
import { decodeSteps, encodeSteps } from '../steps.ts';
import type { Step } from '../steps.ts';
import { nothingToClose } from '../target.ts';
import type { Mutation, Target, Verdict } from '../target.ts';
import { spread, trafficOf } from '../traffic.ts';
import { untruth } from '../truth.ts';
import { onStep } from './host.ts';

/**
 * Kinds of steps: a frame of the traitor to node `who`; one of the rogue client to node `who`; time; from now on the
 * traitor's own frames are changed, `who` of 256 of them; node `who` is told to resign.
 */
const KIND = { peer: 0, client: 1, time: 2, change: 3, resign: 4 } as const;
const KINDS = 5;
const TRAITOR = 'n1';
const TICK_MS = 10;
const STORM_MS = 2_500;
const AFTERWARDS_MS = 200;

/** The traitor's own frames, as the seed of the step changes them. */
class Meddler {
  readonly #random: Random;
  readonly #change: Mutation;
  readonly #seen: Uint8Array[] = [];
  share = 0;

  constructor(seed: number) {
    const { context, rogueKeys } = otherGround();
    this.#random = new Random(seed);
    this.#change = untruth(context, rogueKeys);
  }

  meddle(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    if (this.#seen.length < 400) this.#seen.push(frame);
    if (random.below(256) >= this.share) return frame;
    const other = (): Uint8Array => random.pick(this.#seen);
    if (random.chance(1, 8)) return other();
    const isBytes = random.chance(1, 3);
    const change = isBytes ? random.pick(BYTE_MUTATIONS) : this.#change;
    const changed = change(frame, random, other) ?? frame;
    return random.chance(7, 8) ? resealFrame(changed, otherGround().rogueKeys) : changed;
  }
}

interface Fuzzed {
  readonly world: World;
  readonly rogue: ClientId;
  readonly meddler: Meddler;
}

function makeWorld(seed: number): Fuzzed {
  const world = new World(otherPlan(), new Random(7));
  const meddler = new Meddler(seed);
  const { network } = world;
  const send = network.send.bind(network);
  network.send = (from, to, frame) =>
    send(from, to, from === TRAITOR ? meddler.meddle(frame) : frame);
  const rogue = world.genesis.configuration.clients.at(-1)?.id as ClientId;
  // What its node is told answers what the fuzzer asked: the simulator's own rogue knows nothing of it.
  const answer = world.sendToClient.bind(world);
  world.sendToClient = (from, client, frame) => {
    if (client !== rogue) answer(from, client, frame);
  };
  return { world, rogue, meddler };
}

async function take({ world, rogue, meddler }: Fuzzed, step: Step): Promise<void> {
  const node = world.nodeIds[step.who % world.nodeIds.length] as NodeId;
  switch (step.kind % KINDS) {
    case KIND.peer:
      if (node !== TRAITOR) world.network.send(TRAITOR, node, step.bytes);
      return;
    case KIND.client:
      return world.node(node).clientFrame(rogue, step.bytes);
    case KIND.time:
      return world.run(Math.min(STORM_MS, world.scheduler.nowMs + TICK_MS * step.who));
    case KIND.change:
      meddler.share = step.who;
      return;
    default:
      return world.node(node).resign();
  }
}

async function run(input: Uint8Array): Promise<Verdict> {
  const steps = decodeSteps(input);
  const fuzzed = makeWorld(steps.reduce((sum, { bytes, who }) => sum + bytes.length + who, 0));
  const { world } = fuzzed;
  world.network.faults = CALM;
  for (const node of world.nodes) node.start();
  for (const client of world.clients.honest) client.resume();
  await world.run(50);
  for (const step of steps) await take(fuzzed, step);
  await world.run(world.scheduler.nowMs + AFTERWARDS_MS);
  for (const client of world.clients.honest) client.pause();
  const boundMs = world.protocol.livenessBoundMs(world.honestNodes.map(({ status }) => status));
  await world.run(world.scheduler.nowMs + boundMs, () => isDone(world));
  demandProgress(world, boundMs);
  world.checkers.finished();
  const evidence = world.honestNodes.flatMap((node) => node.status.evidence);
  const convicted = new Set(evidence.map(({ culprit }) => culprit));
  const terms = Math.max(...world.honestNodes.map(({ status }) => status.term));
  const tallies = Object.values(world.checkers.tallies).map((count) => Math.min(3, count));
  return [
    `term ${Math.min(terms, 8)}, ${world.elections.size} elected`,
    `convicted ${[...convicted].join(' ')} of ${Math.ceil(Math.log2(1 + evidence.length))}`,
    `looked at ${tallies.join(' ')}`,
  ].join(', ');
}

const nothing = new Uint8Array(0);

function cluster(): Target {
  const { context, rogueKeys } = otherGround();
  const reseal: Mutation = (bytes) => resealFrame(bytes, rogueKeys);
  return {
    name: 'cluster',
    takes: 'a simulated cluster: one node’s frames, its own changed on their way, and one client’s',
    holds: 'everything that the simulator checks, and every honest client is answered',
    shape: 'steps',
    seeds: async () => {
      const { peers, toNodes } = await trafficOf('tangaroa');
      const theirs = spread(
        peers.filter(({ from }) => from === TRAITOR),
        6,
      );
      const asked = spread(toNodes, 6);
      const wait = { kind: KIND.time, who: 8, bytes: nothing };
      const sent = (kind: number, frames: readonly Uint8Array[]): readonly Step[] =>
        frames.flatMap((bytes, who) => [{ kind, who, bytes }, wait]);
      const shares = [8, 40, 128, 255].map((who) => [
        { kind: KIND.change, who, bytes: nothing },
        wait,
        wait,
      ]);
      const resigns = [0, 1, 2].flatMap((who) => [
        { kind: KIND.resign, who, bytes: nothing },
        { ...wait, who: 60 },
      ]);
      return [
        [wait],
        ...shares,
        resigns,
        [...(shares[1] ?? []), ...resigns],
        sent(KIND.peer, theirs),
        sent(KIND.client, asked),
      ].map(encodeSteps);
    },
    mutations: [
      onStep(KIND.peer, untruth(context, rogueKeys), KINDS),
      onStep(KIND.peer, reseal, KINDS),
      onStep(KIND.client, reseal, KINDS),
    ],
    run,
    keeps: null,
    allocates: null,
    testCases: 2,
    close: nothingToClose,
  };
}

export const CLUSTER_TARGETS: readonly (() => Target)[] = [cluster];
