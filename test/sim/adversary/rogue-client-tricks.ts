/** What a client does that breaks the rules: each a trick that its seed draws or not. */
import { utf8 } from '../../../src/base/bytes.ts';
import { limits } from '../../../src/base/limits.ts';
import type { Random } from '../../../src/base/random.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../../src/consensus/model/request.ts';
import { lastNumber } from '../../../src/consensus/model/request.ts';
import { encodeCommand } from '../../../src/machine/command.ts';
import { encodeQuery } from '../../../src/machine/query.ts';
import { encodeClientMessage } from '../../../src/wire/client.ts';
import { makeRequest } from '../../../src/wire/request.ts';
import type { RogueClient } from './rogue-client.ts';

export interface Trick {
  readonly name: string;
  readonly play: (rogue: RogueClient) => void;
}

const WINDOW = BigInt(limits.sessionWindow);
const NUMBER_MAX = (1n << 64n) - 1n;
const FLOOD = 200;
/** What costs every node much is done once where it might be done so often: the seed is to be light. */
const COSTLY_ONCE_IN = 3;

function commandOf(rogue: RogueClient): Uint8Array {
  const key = utf8(`rogue ${rogue.id.slice(0, 8)} ${rogue.random.below(4)}`);
  return rogue.random.chance(1, 2)
    ? encodeCommand({ type: 'increment', key, by: 1n })
    : encodeCommand({ type: 'put', key, value: BigInt(rogue.random.below(1_000)) });
}

function commandsOf(rogue: RogueClient, most = 3): readonly Uint8Array[] {
  return Array.from({ length: rogue.random.between(1, most) }, () => commandOf(rogue));
}

function someNode({ random, nodes }: RogueClient): NodeId {
  return random.pick(nodes);
}

/** To one node, or to all. */
function sendSomewhere(rogue: RogueClient, request: ClientRequest): void {
  if (rogue.random.chance(1, 2)) rogue.send(someNode(rogue), request);
  else rogue.sendToAll(request);
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, at: random.u32() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Two requests under the same numbers, each for other nodes (C2). */
function twoUnderOne(rogue: RogueClient): void {
  const { next: first, acknowledged, nodes, random } = rogue;
  const one = rogue.request(commandsOf(rogue));
  const other = rogue.request(commandsOf(rogue), { first });
  // What its signature does not cover does not tell requests apart; what it acknowledges does.
  const third = rogue.request(one.commands, { first, acknowledged: acknowledged + 1n });
  rogue.next = [one, other].map(({ statement }) => lastNumber(statement) + 1n).reduce(max);
  for (const [i, node] of shuffled(nodes, random).entries())
    rogue.send(node, random.pick(i % 2 === 0 ? [one] : [other, third]));
}

/** A number that four commands may begin at. */
function within(number: bigint): bigint {
  const highest = NUMBER_MAX - 3n;
  return max(1n, number < highest ? number : highest);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** Numbers that another request used, all of them or some. */
function reuse(rogue: RogueClient): void {
  const { sent, random } = rogue;
  if (sent.length === 0) return;
  const { first, count } = random.pick(sent.slice(-8)).statement;
  const at = first + BigInt(random.between(-2, count));
  sendSomewhere(rogue, rogue.request(commandsOf(rogue, 4), { first: within(at) }));
}

/** Numbers left out, and then taken together with some that were not. */
function fillGap(rogue: RogueClient): void {
  const { next: first, random } = rogue;
  const after = rogue.request(commandsOf(rogue), { first: first + BigInt(random.between(1, 3)) });
  const filling = rogue.request(commandsOf(rogue, 5), { first });
  rogue.next = [after, filling].map(({ statement }) => lastNumber(statement) + 1n).reduce(max);
  for (const request of shuffled([after, after, filling], random)) sendSomewhere(rogue, request);
}

/** The last number that the window allows, the next one after it, and numbers far away. */
function beyondWindow(rogue: RogueClient): void {
  const { random, acknowledged } = rogue;
  const commands = commandsOf(rogue);
  const edge = acknowledged + WINDOW + 1n - BigInt(commands.length);
  const beyond = random.pick([0n, 1n, 1n, 2n, WINDOW, 1_000_000n]);
  const isFar = random.chance(1, 8);
  const first = isFar ? NUMBER_MAX - BigInt(commands.length) + 1n : edge + beyond;
  sendSomewhere(rogue, rogue.request(commands, { first }));
}

/** Acknowledges what it never got, or never asked for. */
function falseAcknowledgement(rogue: RogueClient): void {
  const { random } = rogue;
  const acknowledged = rogue.next + BigInt(random.below(300)) - 2n;
  sendSomewhere(rogue, rogue.request(commandsOf(rogue), { acknowledged: max(acknowledged, 0n) }));
  if (random.chance(1, 2)) {
    rogue.acknowledged = max(acknowledged, rogue.acknowledged);
    rogue.next = max(rogue.next, rogue.acknowledged + 1n);
  }
}

/** At its floor, and below. */
function belowFloor(rogue: RogueClient): void {
  const { acknowledged, random } = rogue;
  sendSomewhere(rogue, rogue.request(commandsOf(rogue, 1)));
  rogue.acknowledged = rogue.next - 1n;
  const first = max(1n, acknowledged - BigInt(random.pick([0, 0, 1, 100])));
  sendSomewhere(rogue, rogue.request(commandsOf(rogue), { first }));
}

/** Acknowledges less than it did: what it acknowledged before stays too old. */
function takeBack(rogue: RogueClient): void {
  const { random } = rogue;
  const old = rogue.request(commandsOf(rogue));
  sendSomewhere(rogue, old);
  rogue.later(random.below(300), () => {
    const acknowledged = rogue.next - 1n;
    sendSomewhere(rogue, rogue.request(commandsOf(rogue), { acknowledged }));
    rogue.acknowledged = acknowledged;
  });
  rogue.later(random.between(300, 600), () => {
    sendSomewhere(
      rogue,
      rogue.request(commandsOf(rogue), { acknowledged: old.statement.first - 1n }),
    );
  });
  rogue.later(random.between(600, 900), () => rogue.sendToAll(old));
}

/** As many requests as the window takes, all at once, then once more. */
function flood(rogue: RogueClient): void {
  const { random } = rogue;
  if (!random.chance(1, COSTLY_ONCE_IN)) return;
  rogue.acknowledged = rogue.next - 1n;
  const requests = Array.from({ length: FLOOD }, () => rogue.request([commandOf(rogue)]));
  const node = someNode(rogue);
  for (const request of shuffled(requests, random)) {
    rogue.send(node, request);
    if (random.chance(1, 10)) rogue.send(someNode(rogue), request);
  }
}

/** No frame, half a frame, a frame and more, a frame with another bit, the frame of a peer. */
function malformed(rogue: RogueClient): void {
  const { random } = rogue;
  const request = rogue.request(commandsOf(rogue));
  const frame = encodeClientMessage({ kind: 'client-request', request });
  const bent = Uint8Array.from(frame);
  const at = random.below(bent.length);
  bent[at] = (bent[at] as number) ^ (1 << random.below(8));
  const noise = Uint8Array.from({ length: random.below(64) }, () => random.below(256));
  const made = [bent, noise, frame.subarray(0, at), Uint8Array.from([...frame, 0]), bent];
  rogue.sendFrame(someNode(rogue), random.pick(made));
}

/** Another client's request, signed by this one. */
function foreignId(rogue: RogueClient): void {
  const { victim, random } = rogue;
  const first = BigInt(random.between(1, 300));
  const request = rogue.request(commandsOf(rogue), { client: victim, first });
  sendSomewhere(rogue, request);
}

/** A right request under a signature that is none. */
function badSignature(rogue: RogueClient): void {
  const commands = commandsOf(rogue);
  const { signature } = rogue.request(commands);
  const statement = rogue.statement(commands);
  sendSomewhere(rogue, makeRequest(statement, signature, commands, rogue.context));
}

/** A value as large as may be, or larger than a request may be. */
function huge(rogue: RogueClient): void {
  const { random } = rogue;
  if (!random.chance(1, COSTLY_ONCE_IN)) return;
  if (random.chance(1, 2)) {
    rogue.sendFrame(someNode(rogue), new Uint8Array(limits.requestBytesMax + 3));
    return;
  }
  const key = utf8(`rogue ${rogue.id.slice(0, 8)} huge`);
  const value = new Uint8Array(random.pick([limits.valueBytesMax, 300_000]));
  rogue.send(someNode(rogue), rogue.request([encodeCommand({ type: 'put', key, value })]));
}

/** Commands that are none, and one that fails beside others. */
function noCommands(rogue: RogueClient): void {
  const { random } = rogue;
  const noise = Uint8Array.from({ length: random.below(20) }, () => random.below(256));
  const command = commandOf(rogue);
  const cut = command.subarray(0, random.below(command.length));
  sendSomewhere(rogue, rogue.request([commandOf(rogue), random.pick([noise, cut])]));
}

/** Reads under one nonce, many at once, of what is and of what is no query. */
function sameNonce(rogue: RogueClient): void {
  const { random } = rogue;
  const node = someNode(rogue);
  const nonce = '00'.repeat(16);
  const queries = [encodeQuery({ type: 'state' }), encodeQuery({ type: 'session' })];
  for (let i = random.pick([2, 2, 80]); i > 0; i--)
    rogue.sendRead(node, nonce, random.pick([...queries, Uint8Array.of(random.below(256))]));
}

/** What was sent before, once more: answered as before, or too old. */
function again(rogue: RogueClient): void {
  const { sent } = rogue;
  if (sent.length > 0) sendSomewhere(rogue, rogue.random.pick(sent));
}

export const TRICKS: readonly Trick[] = [
  { name: 'client: two-under-one', play: twoUnderOne },
  { name: 'client: reuse', play: reuse },
  { name: 'client: fill-gap', play: fillGap },
  { name: 'client: beyond-window', play: beyondWindow },
  { name: 'client: false-acknowledgement', play: falseAcknowledgement },
  { name: 'client: below-floor', play: belowFloor },
  { name: 'client: take-back', play: takeBack },
  { name: 'client: flood', play: flood },
  { name: 'client: malformed', play: malformed },
  { name: 'client: foreign-id', play: foreignId },
  { name: 'client: bad-signature', play: badSignature },
  { name: 'client: huge', play: huge },
  { name: 'client: no-commands', play: noCommands },
  { name: 'client: same-nonce', play: sameNonce },
  { name: 'client: again', play: again },
];
