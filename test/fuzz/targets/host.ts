/** One host among peers and clients that say anything, under every key there is. */
import type { ClientId, NodeId } from '../../../src/consensus/model/ids.ts';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import { groundOf } from '../ground.ts';
import { LoneHost, SELF } from '../lone-host.ts';
import { resealFrame } from '../reseal.ts';
import { decodeSteps, encodeSteps, STEPS_MAX } from '../steps.ts';
import type { Step } from '../steps.ts';
import { nothingToClose } from '../target.ts';
import type { Mutation, Target, Verdict } from '../target.ts';
import { trafficOf } from '../traffic.ts';
import type { Traffic } from '../traffic.ts';
import { untruth } from '../truth.ts';

/** Kinds of steps. `who`: which peer, which client, or how many ticks of 25 ms pass. */
export const KIND = { peer: 0, client: 1, time: 2 } as const;
const TICK_MS = 25;

interface Heard {
  readonly atMs: number;
  readonly step: Step;
}

/** What the host heard while it was recorded, in order, with the time that passed. */
export function heardBy(self: NodeId, { peers, toNodes, world }: Traffic): readonly Step[] {
  const { members, clients } = world.genesis.configuration;
  const placeOf = (list: readonly { readonly id: string }[], id: string): number =>
    list.findIndex((each) => each.id === id);
  const heard: Heard[] = [
    ...peers
      .filter(({ to }) => to === self)
      .map(({ atMs, from, frame }) => {
        return { atMs, step: { kind: KIND.peer, who: placeOf(members, from), bytes: frame } };
      }),
    ...toNodes
      .filter(({ node }) => node === self)
      .map(({ atMs, client, frame }) => {
        return { atMs, step: { kind: KIND.client, who: placeOf(clients, client), bytes: frame } };
      }),
  ];
  heard.sort((a, b) => a.atMs - b.atMs);
  let now = 0;
  return heard.flatMap(({ atMs, step }) => {
    const ticks = Math.min(255, Math.floor((atMs - now) / TICK_MS));
    now += ticks * TICK_MS;
    return ticks === 0 ? [step] : [{ kind: KIND.time, who: ticks, bytes: new Uint8Array(0) }, step];
  });
}

/** Pieces of the history, each from its beginning: what comes later builds on it. */
export function histories(steps: readonly Step[]): readonly Uint8Array[] {
  return [20, 60, 150, 300, STEPS_MAX].map((count) => encodeSteps(steps.slice(0, count)));
}

/** Plays the steps to a fresh host. */
export async function play(lone: LoneHost, steps: readonly Step[]): Promise<void> {
  const { members, clients } = groundOf(lone.protocol).genesis.configuration;
  for (const { kind, who, bytes } of steps) {
    if (lone.failure !== null) return;
    if (kind % 3 === KIND.time) {
      // The host is asleep between two ticks: it takes what came before.
      for (let tick = 0; tick < who % 64; tick++) lone.clock.pass(TICK_MS);
      await lone.settle();
    } else if (kind % 3 === KIND.peer) {
      const peer = members[who % members.length]?.id as NodeId;
      if (peer !== SELF) lone.fromPeer(peer, bytes);
    } else lone.fromClient(clients[who % clients.length]?.id as ClientId, bytes);
  }
  await lone.settle();
}

async function run(protocol: ProtocolName, input: Uint8Array): Promise<Verdict> {
  const lone = new LoneHost(protocol);
  await lone.open();
  try {
    await play(lone, decodeSteps(input));
    // More nodes than may lie here, so that a halt with its proof is right (E5).
    lone.checkAlive(true);
    if (lone.failure !== null) return `halted: ${lone.failure.message.slice(0, 40)}`;
    lone.checkQueues();
    const client = groundOf(protocol).genesis.configuration.clients[0]?.id as ClientId;
    await lone.checkAnswers(client);
    lone.checkAlive(true);
    const { core, counters } = lone.host.status();
    const amount = (count: number): number => Math.min(4, Math.ceil(Math.log2(1 + count) / 2));
    const { evidence, suspicions, pending, backoff } = core;
    return [
      core.role,
      Math.min(core.term, 6),
      ...[core.committed.index, evidence.length, suspicions.length, pending, backoff].map(amount),
      ...[counters.verified, counters.rejected, counters.refusals, lone.sent].map(amount),
    ].join(' ');
  } finally {
    await lone.end();
  }
}

/** One step of a kind becomes what the mutation makes of it. */
export function onStep(kind: number, change: Mutation, kinds = 3): Mutation {
  return (input, random, other) => {
    const steps = [...decodeSteps(input)];
    const places = steps.flatMap((step, at) => (step.kind % kinds === kind ? [at] : []));
    if (places.length === 0) return null;
    const at = random.pick(places);
    const donors = decodeSteps(other()).filter((step) => step.kind % kinds === kind);
    const step = steps[at] as Step;
    const donor = donors.length === 0 ? step : random.pick(donors);
    const bytes = change(step.bytes, random, () => donor.bytes);
    if (bytes === null) return null;
    steps.splice(at, random.below(2), { ...step, bytes });
    return encodeSteps(steps);
  };
}

function hostTarget(protocol: ProtocolName): Target {
  const { context, keys } = groundOf(protocol);
  const reseal: Mutation = (bytes) => resealFrame(bytes, keys);
  const isSigned = protocol === 'tangaroa';
  return {
    name: `host-${protocol}`,
    takes: `a whole host of ${protocol}, its core, log and machine: frames of peers and of clients`,
    holds:
      'it does not fail; queues stay within their bounds; an honest client is answered; it halts only with a proof',
    shape: 'steps',
    seeds: async () => histories(heardBy(SELF, await trafficOf(protocol))),
    mutations: isSigned
      ? [
          onStep(KIND.peer, untruth(context, keys)),
          onStep(KIND.peer, untruth(context, keys)),
          onStep(KIND.peer, reseal),
          onStep(KIND.client, reseal),
        ]
      : [],
    run: (input) => run(protocol, input),
    keeps: null,
    allocates: null,
    testCases: 25,
    close: nothingToClose,
  };
}

export const HOST_TARGETS: readonly (() => Target)[] = [
  () => hostTarget('tangaroa'),
  () => hostTarget('raft'),
];
