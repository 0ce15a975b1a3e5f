import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../src/base/fair-queue.ts';
import { limits } from '../../src/base/limits.ts';
import { newestResponsesFirst } from '../../src/host/tangaroa.ts';
import { encodeClientMessage } from '../../src/wire/client.ts';
import { batchOf, entryOn, requestOf, termEntryOn } from '../fixtures-crypto.ts';
import {
  alice,
  cluster,
  fourth,
  frameOf,
  response,
  Rig,
  second,
  settle,
  someMessage,
  third,
  wantedOf,
} from './harness.ts';

/** What holding an item costs beside its bytes. */
const HOLDING = 576;

describe('L2: lanes are bounded and served in turn', () => {
  const lanes = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(400) }), {
    maxLength: 40,
  });
  const queueOf = <Item>(laneBytesMax: number, bytesMax = 3 * laneBytesMax) =>
    new FairQueue<string, Item>({ laneBytesMax, bytesMax });

  test('each lane in order, lanes in turn, nothing lost that was taken', () => {
    fc.assert(
      fc.property(lanes, (items) => {
        const queue = queueOf<number>(5_000);
        const kept: { key: string; item: number }[] = [];
        const used = new Map<string, number>();
        items.forEach(({ key, bytes }, item) => {
          const sum = (used.get(key) ?? 0) + bytes + HOLDING;
          expect(queue.push(key, item, bytes)).toBe(sum <= 5_000 ? 0 : 1);
          if (sum > 5_000) return;
          used.set(key, sum);
          kept.push({ key, item });
        });
        expect(queue.length).toBe(kept.length);
        const taken: { key: string; item: number }[] = [];
        for (let next = queue.take(); next !== null; next = queue.take())
          taken.push({ key: next.key, item: next.item });
        for (const key of ['a', 'b', 'c'])
          expect(taken.filter((each) => each.key === key)).toEqual(
            kept.filter((each) => each.key === key),
          );
        // In turn: nobody gets a second turn while another who waits has had none since.
        taken.forEach(({ key }, i) => {
          const before = taken.slice(0, i).map((each) => each.key);
          const since = before.slice(before.lastIndexOf(key) + 1);
          const waiting = new Set(taken.slice(i).map((each) => each.key));
          if (before.includes(key))
            for (const other of waiting) if (other !== key) expect(since).toContain(other);
        });
        expect(queue.length).toBe(0);
      }),
    );
  });

  test('a dropped lane is gone, and may fill again', () => {
    const queue = queueOf<number>(700);
    queue.push('a', 1, 100);
    queue.push('b', 2, 100);
    queue.drop('a');
    expect(queue.push('a', 3, 100)).toBe(0);
    expect(queue.bytes).toBe(2 * (100 + HOLDING));
    expect([queue.take()?.item, queue.take()?.item, queue.take()]).toEqual([2, 3, null]);
  });

  test('a long lane gives its memory back and keeps its order', () => {
    const queue = queueOf<number>(1e9);
    for (let i = 0; i < 5_000; i++) queue.push('a', i, 1);
    for (let i = 0; i < 5_000; i++) expect(queue.take()?.item).toBe(i);
    expect(queue.take()).toBeNull();
  });

  test('a lane that may not be served keeps its place and its items, and the others go on', () => {
    const queue = queueOf<number>(1e6);
    for (const [i, key] of ['a', 'b', 'a', 'b'].entries()) queue.push(key, i, 1);
    const notA = (key: string): boolean => key !== 'a';
    expect([queue.take(notA)?.item, queue.take(notA)?.item, queue.take(notA)]).toEqual([
      1,
      3,
      null,
    ]);
    expect([queue.hasFor(notA), queue.hasFor(() => true), queue.length]).toEqual([false, true, 2]);
    expect([queue.take()?.item, queue.take()?.item]).toEqual([0, 2]);
  });

  test('all lanes together are bounded: the fullest gives way to whoever holds less, and to nobody else', () => {
    const cost = 100 + HOLDING;
    const queue = queueOf<number>(8 * cost, 8 * cost);
    for (let i = 0; i < 8; i++) expect(queue.push('flood', i, 100)).toBe(0);
    expect(queue.push('flood', 8, 100)).toBe(1);
    expect(queue.push('a', 9, 100)).toBe(1);
    // As large as three of the others.
    expect(queue.push('b', 10, 3 * cost - HOLDING)).toBe(3);
    expect(queue.bytes).toBe(8 * cost);
    // One more of a's, for one of the flood's; then all hold alike and nobody gives way.
    expect([queue.push('a', 11, 100), queue.push('a', 12, 100), queue.push('b', 13, 100)]).toEqual([
      1, 1, 1,
    ]);
    const taken: number[] = [];
    for (let next = queue.take(); next !== null; next = queue.take()) taken.push(next.item);
    expect(taken.toSorted((x, y) => x - y)).toEqual([0, 1, 2, 9, 10, 11]);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
  });

  test('what finds no room even if others give way costs nobody anything', () => {
    const cost = 100 + HOLDING;
    const queue = queueOf<number>(8 * cost, 8 * cost);
    for (let i = 0; i < 5; i++) queue.push('flood', i, 100);
    queue.push('b', 5, 3 * cost - HOLDING);
    // The flood holds one more than this would take, and three are missing.
    expect(queue.push('a', 6, 4 * cost - HOLDING)).toBe(1);
    expect([queue.length, queue.bytes]).toEqual([6, 8 * cost]);
  });

  test('whatever is pushed, no bound is passed and what is counted is there', () => {
    const pushes = fc.array(
      fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), bytes: fc.nat(3_000) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(pushes, (items) => {
        const queue = queueOf<number>(6_000, 9_000);
        let lost = 0;
        for (const { key, bytes } of items) {
          lost += queue.push(key, bytes, bytes);
          expect(queue.bytes).toBeLessThanOrEqual(9_000);
        }
        expect(queue.length + lost).toBe(items.length);
        let bytes = 0;
        const whole = queue.bytes;
        for (let next = queue.take(); next !== null; next = queue.take())
          bytes += next.item + HOLDING;
        expect(bytes).toBe(whole);
      }),
    );
  });

  test('what was taken is not kept while more waits behind it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const queue = queueOf<Uint8Array>(1e9);
    const refs = Array.from({ length: 20 }, () => {
      const frame = new Uint8Array(1_000);
      queue.push('a', frame, frame.length);
      return new WeakRef(frame);
    });
    for (let i = 0; i < 10; i++) queue.take();
    await setImmediate();
    collect();
    expect(refs.filter((ref) => ref.deref() !== undefined)).toHaveLength(10);
    expect(queue.length).toBe(10);
  });
});

describe('L2: the host', () => {
  test('peers in turn and before clients, then drained', async () => {
    const rig = new Rig();
    const request = requestOf(cluster);
    rig.host.clientFrame(alice.id, encodeClientMessage({ kind: 'client-request', request }));
    for (const wanted of [1, 2, 3])
      rig.host.peerFrame(second, frameOf(someMessage(wanted, second)));
    rig.host.peerFrame(third, frameOf(someMessage(4, third)));
    expect(rig.clock.deferred).toHaveLength(1);
    const { queues } = rig.host.status();
    expect(queues).toMatchObject({ peerFrames: 4, clientFrames: 1, lookups: 0 });
    expect(queues.peerBytes).toBeGreaterThan(4 * 64);
    await rig.run();
    expect(rig.host.status().queues).toMatchObject({ peerFrames: 0, peerBytes: 0, clientBytes: 0 });
    const received = rig.core.inputs.filter((input) => input.type === 'received');
    expect(received.map(({ message }) => wantedOf(message))).toEqual([1, 4, 2, 3]);
    expect(received.map(({ from }) => from)).toEqual([second, third, second, second]);
    expect(rig.core.types).toEqual([...received.map(({ type }) => type), 'requested']);
    expect(rig.core.inputs.at(-1)?.type).toBe('drained');
  });

  test('peers before clients also where both wait', async () => {
    const rig = new Rig();
    const request = requestOf(cluster);
    rig.host.clientFrame(alice.id, encodeClientMessage({ kind: 'client-request', request }));
    rig.clock.deferred.shift()?.();
    await settle();
    rig.host.peerFrame(second, frameOf(someMessage(1, second)));
    expect(rig.core.types).toEqual([]);
    await rig.run();
    expect(rig.core.types).toEqual(['received', 'requested']);
  });

  test('what a closed link had sent beyond one drain is forgotten too', async () => {
    const rig = new Rig();
    rig.host.peerFrame(second, Uint8Array.of(1, 2, 3));
    const frame = frameOf(someMessage(1, second));
    for (let i = 0; i < limits.drainPeerFramesMax + 10; i++) rig.host.peerFrame(second, frame);
    await rig.run();
    expect(rig.links.closed).toHaveLength(1);
    expect(rig.core.types).toEqual([]);
  });

  test('a flood is bounded, and takes more than one drain', async () => {
    const rig = new Rig();
    rig.core.wanted = () => false;
    const frame = frameOf(someMessage(1, second));
    const fits = Math.floor(limits.peerQueueBytesMax / (frame.length + HOLDING));
    for (let i = 0; i < fits + 10; i++) rig.host.peerFrame(second, frame);
    expect(rig.host.status().counters.framesDropped).toBe(10);
    rig.host.peerFrame(third, frameOf(someMessage(2, third)));
    rig.clock.deferred.shift()?.();
    // A signature each, wanted or not, and a little for its bytes.
    const { drainPeerFramesMax, drainPeerSignaturesTarget } = limits;
    expect(rig.host.status().counters.unwanted).toBe(
      Math.min(drainPeerFramesMax, drainPeerSignaturesTarget - 1),
    );
    expect(rig.clock.deferred).toHaveLength(1);
  });

  test('a malformed frame closes its link, and what else came over it is forgotten', async () => {
    const rig = new Rig();
    rig.host.peerFrame(second, frameOf(someMessage(1, second)));
    rig.host.peerFrame(second, Uint8Array.of(1, 2, 3));
    rig.host.peerFrame(second, frameOf(someMessage(2, second)));
    rig.host.peerFrame(third, frameOf(someMessage(3, third)));
    await rig.run();
    expect(rig.links.closed).toEqual([expect.stringMatching(/^n01: malformed frame/u)]);
    expect(rig.verified.map(wantedOf)).toEqual([3]);
    expect(rig.core.types).toEqual(['received']);
  });

  test('an invalid signature closes its link, whoever the signer is', async () => {
    const rig = new Rig();
    const message = someMessage(1, third);
    message.signed.signature[0]! ^= 1;
    rig.host.peerFrame(second, frameOf(message));
    rig.host.peerFrame(second, frameOf(someMessage(2, second)));
    await rig.run();
    expect(rig.links.closed).toEqual([expect.stringMatching(/^n01: invalid suspect/u)]);
    expect(rig.core.types).toEqual([]);
    rig.host.peerConnected(second);
    rig.host.peerFrame(second, frameOf(someMessage(2, second)));
    await rig.run();
    expect(rig.core.types).toEqual(['connected', 'received']);
  });

  test('a stranger’s signature is dropped, and blames nobody', async () => {
    const rig = new Rig();
    const stranger = 'n77' as typeof second;
    rig.host.peerFrame(second, frameOf(someMessage(1, stranger)));
    await rig.run();
    expect(rig.links.closed).toEqual([]);
    expect(rig.core.types).toEqual([]);
  });

  test('S1: what breaks a rule under its signer’s name is an accusation', async () => {
    const rig = new Rig();
    const term = termEntryOn(cluster, cluster.genesis, 1);
    const forged = requestOf(cluster, { secretKey: new Uint8Array(32).fill(9) });
    const entry = entryOn(term, batchOf(forged));
    const signed = cluster.signer(second).sign({
      kind: 'append-entries',
      epoch: entry.header.epoch,
      term: entry.header.term,
      previous: { index: term.header.index, hash: term.hash },
      head: { index: entry.header.index, hash: entry.hash },
      sequence: 1 as never,
    });
    const message = { kind: 'append-entries', signed, entries: [entry], commit: null } as const;
    rig.host.peerFrame(third, frameOf(message));
    await rig.run();
    expect(rig.core.inputs[0]).toMatchObject({ type: 'accused', culprit: second, term: 1 });
    expect(rig.links.closed).toEqual([]);
  });
});

describe('M6', () => {
  test('what the core does not want is not verified', async () => {
    const rig = new Rig();
    rig.core.wanted = (message) => message.kind !== 'suspect';
    rig.host.peerFrame(second, frameOf(someMessage(1, second)));
    rig.host.peerFrame(second, frameOf(response(second, 3)));
    await rig.run();
    expect(rig.verified.map(({ kind }) => kind)).toEqual(['append-entries-response']);
    expect(rig.host.status().counters).toMatchObject({ unwanted: 1, verified: 1 });
  });

  test('of several Responses of one signer the latest is asked about first', async () => {
    const rig = new Rig();
    let highest = 0;
    rig.core.wanted = (message) =>
      message.kind !== 'append-entries-response' ||
      message.signed.statement.accepted.index > highest;
    rig.core.script = (input) => {
      if (input.type === 'received' && input.message.kind === 'append-entries-response')
        highest = input.message.signed.statement.accepted.index;
      return [];
    };
    for (const index of [3, 4, 5, 6]) rig.host.peerFrame(second, frameOf(response(second, index)));
    await rig.run();
    expect(highest).toBe(6);
    expect(rig.verified).toHaveLength(1);
  });

  test('reordering keeps everything: only Responses of one signer and term change places', () => {
    const arrival = fc.record({
      signer: fc.constantFrom(second, third, fourth),
      index: fc.nat(9),
      term: fc.integer({ min: 1, max: 2 }),
      isResponse: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 12 }), (list) => {
        const arrivals = list.map(({ signer, index, term, isResponse }) => ({
          from: signer,
          message: isResponse ? response(signer, index, term) : someMessage(index + 1, signer),
        }));
        const ordered = newestResponsesFirst(arrivals);
        expect(new Set(ordered)).toEqual(new Set(arrivals));
        const keyOf = ({ message }: (typeof arrivals)[number]): string =>
          message.kind === 'append-entries-response'
            ? `${message.signed.signer} ${message.signed.statement.term}`
            : 'other';
        expect(ordered.map(keyOf)).toEqual(arrivals.map(keyOf));
        for (const key of new Set(arrivals.map(keyOf))) {
          const before = arrivals.filter((each) => keyOf(each) === key);
          const after = ordered.filter((each) => keyOf(each) === key);
          expect(after).toEqual(key === 'other' ? before : before.reverse());
        }
      }),
    );
  });
});
