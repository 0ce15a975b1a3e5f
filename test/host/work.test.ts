/** L2: how much a peer may make a node check, in one turn of the loop and in a second. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId, Sequence } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import type { Ed25519 } from '../../src/crypto/ed25519.ts';
import { makeVerifier } from '../../src/crypto/verify.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { encodeClientMessage, encodeResults } from '../../src/wire/client.ts';
import { decodePeerMessage } from '../../src/wire/peer.ts';
import {
  batchOf,
  certificateOf,
  entryOn,
  fakeEd25519,
  item,
  requestOf,
  termEntryOn,
} from '../fixtures-crypto.ts';
import { cluster, fourth, frameOf, Rig, second, someMessage, third } from './harness.ts';

/** Counts what is checked; a native library refuses the `odd` ones, which are valid (L3). */
class Library implements Ed25519 {
  checked = 0;
  judgedByNoble = 0;
  readonly odd = new Set<string>();
  readonly sign = fakeEd25519.sign.bind(fakeEd25519);
  readonly publicKey = fakeEd25519.publicKey.bind(fakeEd25519);

  verify: Ed25519['verify'] = (signature, message, key, budget) => {
    this.checked++;
    const isValid = fakeEd25519.verify(signature, message, key);
    if (isValid && !this.odd.has(toHex(signature))) return true;
    if (budget !== undefined && !budget.spend()) return false;
    this.judgedByNoble++;
    return isValid;
  };
}

function rigWith(library: Library): Rig {
  const { keyring, clusterId } = cluster;
  return new Rig(
    makeVerifier(
      { keyring, clusterId, digest: portableDigest },
      { ed25519: library, encodeBody, encodeResults },
    ),
  );
}

/** One turn of the loop. */
function turn(rig: Rig): void {
  const deferred = rig.clock.deferred;
  rig.clock.deferred = [];
  for (const callback of deferred) callback();
}

let numbers = 0n;
const requests = (count: number): readonly ClientRequest[] =>
  Array.from({ length: count }, () => {
    const first = ++numbers;
    return requestOf(cluster, { first, acknowledged: first - 1n });
  });

const TERM = termEntryOn(cluster, cluster.genesis, 1);

function appendOf(leader: NodeId, entries: readonly Entry[]): PeerMessage {
  const first = item(entries, 0).header;
  const signed = cluster.signer(leader).sign({
    kind: 'append-entries',
    epoch: first.epoch,
    term: first.term,
    previous: { index: (first.index - 1) as typeof first.index, hash: first.parent },
    head: positionOf(item(entries, -1)),
    sequence: 1 as Sequence,
  });
  return { kind: 'append-entries', signed, entries, commit: null };
}

const forwardOf = (from: NodeId, count: number): PeerMessage =>
  cluster.signer(from).signBody({ kind: 'forward', body: { requests: requests(count) } });

const FULL = limits.unprovenSignaturesMax;

describe('L2: in one turn of the loop', () => {
  test('a message with more signatures than a turn takes is verified piece by piece, others in between', () => {
    const library = new Library();
    const rig = rigWith(library);
    const message = appendOf(second, [entryOn(TERM, batchOf(...requests(FULL)))]);
    rig.host.peerFrame(second, frameOf(message));
    rig.host.peerFrame(second, frameOf(someMessage(7, second)));
    const order: string[] = [];
    rig.core.script = (input) => {
      if (input.type === 'received') order.push(`${input.from} ${input.message.kind}`);
      return [];
    };
    let turns = 0;
    for (; rig.clock.deferred.length > 0; turns++) {
      const before = library.checked;
      rig.host.peerFrame(third, frameOf(someMessage(turns + 1, third)));
      turn(rig);
      expect(library.checked - before).toBeLessThanOrEqual(limits.drainPeerSignaturesMax);
      expect(order.at(-1)).not.toBe(`${second} suspect`);
      if (order.includes(`${second} append-entries`)) break;
    }
    expect(turns).toBeGreaterThanOrEqual(FULL / limits.drainPeerSignaturesMax);
    // Every turn had time for the other peer, and what came behind the long message waited for it.
    expect(order.slice(0, turns)).toEqual(Array(turns).fill(`${third} suspect`));
    turn(rig);
    expect(order.slice(-2).toSorted()).toEqual([`${second} suspect`, `${third} suspect`]);
    // Each signature once, and the one of each Suspect and of the message.
    expect(library.checked).toBe(FULL + 1 + order.length - 1);
    expect(rig.links.closed).toEqual([]);
  });

  test('many messages with many signatures take many turns', () => {
    const library = new Library();
    const rig = rigWith(library);
    for (let i = 0; i < 9; i++) rig.host.peerFrame(second, frameOf(forwardOf(second, 500)));
    for (let wanted = 1; rig.clock.deferred.length > 0; wanted++) {
      const before = library.checked;
      rig.host.peerFrame(third, frameOf(someMessage(wanted, third)));
      turn(rig);
      expect(library.checked - before).toBeLessThan(limits.drainPeerSignaturesTarget + 502);
      if (wanted > 8) break;
    }
    const kinds = rig.core.inputs.flatMap((input) =>
      input.type === 'received' ? [input.message.kind] : [],
    );
    expect(kinds.filter((kind) => kind === 'forward')).toHaveLength(9);
    // Nobody waited for more than one of them.
    expect(kinds.slice(0, 8).filter((kind) => kind === 'suspect')).toHaveLength(4);
  });

  test('M6: of a long message that is not wanted nothing is checked, and one bad signature ends the rest', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const forged = requestOf(cluster, { secretKey: new Uint8Array(32).fill(9) });
    const batch = batchOf(...requests(5), forged, ...requests(2_000));
    const message = appendOf(second, [entryOn(TERM, batch)]);
    rig.core.wanted = ({ kind }) => kind !== 'append-entries';
    rig.host.peerFrame(second, frameOf(message));
    await rig.run();
    expect([library.checked, rig.host.status().counters.unwanted]).toEqual([0, 1]);
    rig.core.wanted = () => true;
    rig.host.peerFrame(second, frameOf(message));
    await rig.run();
    // Five and the forged one, then the message's own and the forged one again.
    expect(library.checked).toBe(8);
    expect(rig.core.types).toEqual(['accused']);
  });

  test('what a link that was closed had begun is forgotten', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const long = appendOf(second, [entryOn(TERM, batchOf(...requests(3_000)))]);
    rig.host.peerFrame(second, frameOf(long));
    turn(rig);
    rig.host.peerFrame(third, Uint8Array.of(9));
    await rig.run();
    expect(rig.core.types).toEqual(['received']);
    expect(rig.host.status().queues).toMatchObject({ peerFrames: 0 });
  });
});

describe('room: what an honest node never sends is not read', () => {
  const reasonOf = (message: PeerMessage): string => {
    const decoded = decodePeerMessage(frameOf(message), cluster.context);
    return decoded.ok ? 'ok' : decoded.reason;
  };

  test('AppendEntries with more signatures than one entry may carry', () => {
    const half = entryOn(TERM, batchOf(...requests(FULL / 2)));
    const other = entryOn(half, batchOf(...requests(FULL / 2)));
    expect(reasonOf(appendOf(second, [half, other]))).toBe('ok');
    const more = entryOn(other, batchOf(...requests(1)));
    expect(reasonOf(appendOf(second, [half, other, more]))).toMatch(/more than 4096 signatures/u);
  });

  test('an answer with more that its certificate does not prove, or more in all', () => {
    const big = (parent: Entry): Entry => entryOn(parent, batchOf(...requests(FULL)));
    const first = big(TERM);
    const next = big(first);
    const answer = (entries: readonly Entry[], certified: Entry | null): PeerMessage => {
      const commit = certified === null ? null : certificateOf(cluster, 'commit', [certified]);
      const body = { entries, headers: [], leader: null, commit };
      return cluster.signer(second).signBody({ kind: 'entries', body });
    };
    expect(reasonOf(answer([first, next], next))).toBe('ok');
    expect(reasonOf(answer([first, next], first))).toBe('ok');
    expect(reasonOf(answer([first, next], null))).toMatch(/that no certificate proves/u);
    // A certificate of another chain, however high, proves nothing here.
    const elsewhere = entryOn(first, batchOf(...requests(1)));
    expect(reasonOf(answer([first, next], elsewhere))).toMatch(/that no certificate proves/u);
    expect(reasonOf(answer([first, next, big(next)], big(next)))).toMatch(/more than 8192/u);
  });
});

describe('L2: in a second', () => {
  test('who makes a node check in vain waits for time to pass, and nobody else does', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const { drainPeerFramesMax } = limits;
    // One of three peers, and what it may say again with every heartbeat.
    const peerChecksMax = limits.peerChecksMax / 3;
    const peerChecksPerSecond = limits.peerChecksPerSecond / 3 + 10 * 2;
    const flood = Math.ceil(peerChecksMax) + 2_000;
    for (let i = 1; i <= flood; i++) rig.host.peerFrame(second, frameOf(someMessage(i, second)));
    await rig.run();
    // What a turn takes above the allowance is a debt; to read a message costs a little, too.
    const atOnce = library.checked;
    expect(atOnce).toBeGreaterThan(0.6 * peerChecksMax);
    expect(atOnce).toBeLessThan(peerChecksMax + drainPeerFramesMax);
    // No turn of the loop is spent on waiting.
    expect(rig.clock.deferred).toEqual([]);
    expect(rig.host.status().queues.peerFrames).toBe(flood - atOnce);
    rig.host.peerFrame(fourth, frameOf(someMessage(1, fourth)));
    rig.host.peerConnected(second);
    await rig.run();
    expect(library.checked).toBe(atOnce + 1);
    for (let quarter = 0; quarter < 4; quarter++) {
      rig.clock.advance(250);
      await rig.run();
    }
    const inASecond = library.checked - atOnce - 1;
    expect(inASecond).toBeGreaterThan(0.4 * peerChecksPerSecond);
    expect(inASecond).toBeLessThan(peerChecksPerSecond + drainPeerFramesMax);
  });

  test('a log that grows pays for the Responses that it brings, however fast it grows', async () => {
    const library = new Library();
    const rig = rigWith(library);
    // No time passes: two messages a voter and an entry are read at once, far more than an allowance.
    const entries = limits.peerChecksMax;
    for (let index = 1; index <= entries; index++) {
      rig.core.certifiedIndex = index as LogIndex;
      for (const sequence of [2 * index, 2 * index + 1])
        rig.host.peerFrame(second, frameOf(someMessage(sequence, second)));
      if (index % 64 === 0) await rig.run();
    }
    expect(library.checked).toBe(2 * entries);
    expect(rig.host.status().queues.peerFrames).toBe(0);
  });

  test('M6: what is remembered is not counted as if it were checked', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const certificate = certificateOf(cluster, 'prepare', [TERM]);
    const suspectOf = (wanted: number): PeerMessage => {
      const { signed } = someMessage(wanted, second) as Extract<PeerMessage, { kind: 'suspect' }>;
      return { kind: 'suspect', signed, certificate };
    };
    const count = Math.floor((0.5 * limits.peerChecksMax) / 3);
    for (let i = 1; i <= count; i++) rig.host.peerFrame(second, frameOf(suspectOf(i)));
    await rig.run();
    expect(library.checked).toBeGreaterThan(count);
    expect(rig.host.status().queues.peerFrames).toBe(0);
  });

  test('new entries and requests are what everybody waits for, and are not counted', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const count = Math.ceil(limits.peerChecksMax / 500) + 2;
    const frame = frameOf(forwardOf(second, 500));
    for (let i = 0; i < count; i++) rig.host.peerFrame(second, frame);
    await rig.run();
    expect(rig.core.types).toEqual(Array(count).fill('received'));
  });

  test('a Forward has as many requests as an honest one, so that it is read in a short turn', async () => {
    const rig = new Rig();
    const most = limits.requestsPerBatchTarget;
    for (const count of [most, most + 1])
      rig.host.peerFrame(second, frameOf(forwardOf(second, count)));
    await rig.run();
    expect(rig.core.types).toEqual(['received']);
    expect(rig.links.closed).toEqual([expect.stringContaining(`${most + 1} requests`)]);
  });

  test('what is not wanted is paid for as it is read', async () => {
    const rig = new Rig();
    rig.core.wanted = () => false;
    const frame = frameOf(forwardOf(second, 500));
    for (let i = 0; i < 60; i++) rig.host.peerFrame(second, frame);
    await rig.run();
    const { unwanted } = rig.host.status().counters;
    // A third of what all peers may; 63 for the signatures of each, and the bytes.
    expect(unwanted).toBeGreaterThan(4);
    expect(unwanted).toBeLessThan(9);
  });
});

describe('L3: what a native library refuses', () => {
  /** A Suspect of `from` with a certificate in which one signature is odd, a fresh one each time. */
  function odd(library: Library, wanted: number, from = second): PeerMessage {
    const certificate = certificateOf(cluster, 'prepare', [entryOn(TERM, batchOf(...requests(1)))]);
    library.odd.add(toHex(item(certificate.responses, 1).signature));
    const { signed } = someMessage(wanted, from) as Extract<PeerMessage, { kind: 'suspect' }>;
    return { kind: 'suspect', signed, certificate };
  }

  test('is judged within the budget of a peer, which no new connection brings back', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const count = limits.recheckBudgetMax + 5;
    for (let i = 1; i <= count; i++) {
      rig.host.peerFrame(second, frameOf(odd(library, i)));
      await rig.run();
      rig.host.peerConnected(second);
    }
    expect(library.judgedByNoble).toBe(limits.recheckBudgetMax);
    // Unjudged is not invalid: the message is lost, the link stays.
    expect(rig.links.closed).toEqual([]);
    expect(rig.host.status().counters).toMatchObject({
      verified: limits.recheckBudgetMax,
      rejected: 5,
    });
    rig.host.peerFrame(third, frameOf(odd(library, 1, third)));
    await rig.run();
    expect(library.judgedByNoble).toBe(limits.recheckBudgetMax + 1);
    rig.clock.advance(1_000);
    for (let i = 0; i < 60; i++) rig.host.peerFrame(second, frameOf(odd(library, 1_000 + i)));
    await rig.run();
    const forgiven = Math.floor(limits.rechecksForgivenPerSecond / 3);
    expect(library.judgedByNoble).toBe(limits.recheckBudgetMax + 1 + forgiven);
  });

  test('is not judged at all where an honest sender signed or took it itself', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const own = someMessage(1, second);
    library.odd.add(toHex(own.signed.signature));
    rig.host.peerFrame(second, frameOf(own));
    const forward = forwardOf(third, 3);
    if (forward.kind !== 'forward') throw new Error(forward.kind);
    library.odd.add(toHex(item(forward.body.requests, 1).signature));
    rig.host.peerFrame(third, frameOf(forward));
    await rig.run();
    expect(library.judgedByNoble).toBe(0);
    expect(rig.links.closed).toEqual([
      expect.stringMatching(/^n01: invalid suspect/u),
      expect.stringMatching(/^n02: invalid forward/u),
    ]);
    // What another node orders is judged alike everywhere.
    const entry = entryOn(TERM, batchOf(...forward.body.requests));
    rig.host.peerFrame(fourth, frameOf(appendOf(second, [entry])));
    await rig.run();
    expect(library.judgedByNoble).toBe(1);
    expect(rig.core.types).toEqual(['received']);
  });

  test('and noble took, for one passed it on, is no honest end’s word still, wherever it comes from', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const [request] = requests(1) as [ClientRequest];
    library.odd.add(toHex(request.signature));
    const entry = (leader: NodeId): Uint8Array =>
      frameOf(appendOf(leader, [entryOn(TERM, batchOf(request))]));
    rig.host.peerFrame(fourth, entry(second));
    await rig.run();
    expect([library.judgedByNoble, rig.links.closed]).toEqual([1, []]);
    // Kept, this node would forward it, and whoever never saw that entry would close its link.
    rig.host.clientFrame(
      request.statement.client,
      encodeClientMessage({ kind: 'client-request', request }),
    );
    await rig.run();
    expect(rig.links.closed).toEqual([expect.stringMatching(/bad client-request signature/u)]);
    rig.host.peerFrame(
      third,
      frameOf(cluster.signer(third).signBody({ kind: 'forward', body: { requests: [request] } })),
    );
    await rig.run();
    expect(rig.links.closed.at(-1)).toMatch(/^n02: invalid forward/u);
    // What noble said is remembered for entries all the same.
    rig.host.peerFrame(fourth, entry(third));
    await rig.run();
    expect(library.judgedByNoble).toBe(1);
    expect(rig.core.types).toEqual(['received', 'received']);
  });

  test('as a client’s own ends its connection, and noble never hears of it', async () => {
    const library = new Library();
    const rig = rigWith(library);
    const request = requestOf(cluster);
    library.odd.add(toHex(request.signature));
    rig.host.clientFrame(
      request.statement.client,
      encodeClientMessage({ kind: 'client-request', request }),
    );
    await rig.run();
    expect(library.judgedByNoble).toBe(0);
    expect(rig.links.closed).toHaveLength(1);
    expect(rig.core.types).toEqual([]);
  });
});
