import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Effect } from '../../src/consensus/core.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import { certificateOf, chainOf } from '../fixtures-crypto.ts';
import {
  cluster,
  fourth,
  frameOf,
  Rig,
  second,
  send,
  someMessage,
  someRecord,
  store,
  third,
  wantedOf,
} from './harness.ts';

const sentBy = (rig: Rig): number[] => rig.links.sent.map(({ message }) => wantedOf(message));

describe('writes', () => {
  test('what one drain wants written is one write', async () => {
    const rig = new Rig();
    const [a, b, c] = [someRecord(), someRecord(), someRecord()];
    rig.next(store(1, a, b), store(2, c));
    await rig.poke();
    expect(rig.store.writes).toEqual([[a, b, c]]);
  });

  test('what comes during a write is the next write, and stored names the highest ticket', async () => {
    const rig = new Rig();
    const records = [1, 2, 3, 4].map(() => someRecord());
    for (const [i, record] of records.entries()) {
      rig.next(store(i + 1, record));
      await rig.poke();
      expect(rig.store.underWay).toBe(1);
    }
    expect(rig.store.writes).toEqual([[records[0]]]);
    await rig.store.complete();
    expect(rig.store.writes).toEqual([[records[0]], records.slice(1)]);
    await rig.store.complete();
    const stored = rig.core.inputs.filter((input) => input.type === 'stored');
    expect(stored.map(({ ticket }) => ticket)).toEqual([1, 4]);
    expect(rig.host.status().counters.syncs).toBe(2);
  });

  test('N3, M3: while the disk stands still a message is held once, and only so many to each peer', async () => {
    const rig = new Rig();
    const again = send(1, 2);
    const many = Array.from({ length: limits.heldSendsMax + 10 }, () => send(2, 2, third));
    rig.next(store(1));
    await rig.poke();
    rig.next(store(2, someRecord()), again, again, ...many, send(3, 2));
    await rig.poke();
    expect(rig.host.status().queues).toMatchObject({ records: 1, sends: limits.heldSendsMax + 2 });
    expect(rig.host.status().counters.framesDropped).toBe(10);
    await rig.store.complete();
    await rig.store.complete();
    expect(rig.host.status().queues).toMatchObject({ records: 0, sends: 0 });
    expect(sentBy(rig).filter((wanted) => wanted !== 2)).toEqual([1, 3]);
  });

  test('what the core wants upon stored is written next, without another drain', async () => {
    const rig = new Rig();
    rig.core.script = (input) =>
      input.type === 'stored' && input.ticket === 1 ? [store(2), send(7, 2)] : [];
    rig.next(store(1));
    await rig.poke();
    await rig.store.complete();
    expect(rig.store.writes).toHaveLength(2);
    expect(sentBy(rig)).toEqual([]);
    await rig.store.complete();
    expect(sentBy(rig)).toEqual([7]);
  });
});

describe('N3: nothing is sent before what it promises is durable', () => {
  test('after null at once, after a ticket only then, in order', async () => {
    const rig = new Rig();
    rig.next(store(1), send(11, 1), send(12, null), store(2), send(13, 2), send(14, 1));
    await rig.poke();
    expect(sentBy(rig)).toEqual([12]);
    await rig.store.complete();
    expect(sentBy(rig)).toEqual([12, 11, 13, 14]);
  });

  test('what is durable already is not held', async () => {
    const rig = new Rig();
    rig.next(store(1));
    await rig.poke();
    await rig.store.complete();
    rig.next(send(1, 1), send(2, 0), store(2), send(3, 2), send(4, 1));
    await rig.poke();
    expect(sentBy(rig)).toEqual([1, 2, 4]);
  });

  test('all means every other voter, with the same bytes', async () => {
    const rig = new Rig();
    rig.next(send(1, null, 'all'));
    await rig.poke();
    expect(rig.links.toPeers.map(({ to }) => to)).toEqual([second, third, fourth]);
    expect(new Set(rig.links.toPeers.map(({ frame }) => frame)).size).toBe(1);
  });

  test('any script: one write at a time, records once and in order, no send before its ticket', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('store' as const), records: fc.integer({ min: 1, max: 3 }) }),
        fc.record({ type: fc.constant('send' as const), back: fc.nat(3), now: fc.boolean() }),
        fc.constant({ type: 'drain' as const }),
        fc.constant({ type: 'complete' as const }),
      ),
      { minLength: 8, maxLength: 60, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const rig = new Rig();
        let ticket = 0;
        let number = 0;
        const wanted = new Map<number, number>();
        const expected: unknown[] = [];
        let effects: Effect[] = [];
        const check = (): void => {
          const durable = rig.core.inputs.reduce(
            (highest, input) => (input.type === 'stored' ? input.ticket : highest),
            0,
          );
          for (const each of sentBy(rig)) expect(wanted.get(each)).toBeLessThanOrEqual(durable);
          expect(rig.store.underWay).toBeLessThanOrEqual(1);
        };
        for (const step of script) {
          if (step.type === 'store') {
            const records = Array.from({ length: step.records }, someRecord);
            expected.push(...records);
            effects.push(store(++ticket, ...records));
          } else if (step.type === 'send') {
            const after = Math.max(0, ticket - step.back);
            wanted.set(++number, step.now ? 0 : after);
            effects.push(send(number, step.now ? null : after));
          } else if (step.type === 'drain') {
            rig.next(...effects);
            effects = [];
            await rig.poke();
          } else await rig.store.complete();
          check();
        }
        rig.next(...effects);
        await rig.poke();
        while (rig.store.underWay > 0) await rig.store.complete();
        check();
        expect(rig.store.writes.flat()).toEqual(expected);
        expect(sentBy(rig).sort((a, b) => a - b)).toEqual([...wanted.keys()]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('habit 10: a failed write stops the node', () => {
  test('nothing is sent, written, applied or stepped after it', async () => {
    const rig = new Rig();
    rig.next(store(1), send(1, 1), store(2), send(2, 2));
    await rig.poke();
    rig.next(store(3), send(3, 3));
    await rig.poke();
    const steps = rig.core.inputs.length;
    await rig.store.fail(new Error('no space left on device'));
    expect(rig.ended).toBe('store-failed');
    expect(rig.lines).toContainEqual({ level: 'error', code: 'store-failed' });
    rig.host.peerFrame(second, frameOf(someMessage(9, second)));
    rig.host.peerConnected(third);
    rig.host.resign();
    rig.clock.advance(1_000);
    await rig.run();
    expect(rig.links.toPeers).toEqual([]);
    expect(rig.store.writes).toHaveLength(1);
    expect(rig.core.inputs).toHaveLength(steps);
    expect(rig.clock.ticks).toEqual([]);
    expect(rig.host.status().state).toBe('stopped');
    await expect(rig.host.stop()).rejects.toThrow(/no space left/u);
  });

  test('an answer to a fetch that was being read is not sent either', async () => {
    const rig = new Rig();
    rig.store.entries = [cluster.genesis];
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const read = rig.store.readCommitted;
    rig.store.readCommitted = async (...bounds) => {
      await gate;
      return read(...bounds);
    };
    const newest = certificateOf(cluster, 'commit', [cluster.genesis]);
    rig.next(store(1), { type: 'serve', to: second, from: 1 as LogIndex, newest, link: null });
    await rig.poke();
    await rig.store.fail(new Error('disk'));
    open();
    await rig.run();
    expect(rig.links.toPeers).toEqual([]);
  });

  test('a bug of our own stops it as well', async () => {
    const rig = new Rig();
    rig.core.script = (input) => {
      if (input.type === 'drained') throw new Error('bug');
      return [send(1, 1), store(1)];
    };
    await rig.poke();
    expect(rig.ended).toBe('internal');
    await rig.store.complete();
    expect(rig.links.toPeers).toEqual([]);
  });
});

describe('E5: halt', () => {
  test('the proof is on disk before the host is done; nothing is sent after it', async () => {
    const rig = new Rig();
    const proof = [someMessage(5)];
    const record = someRecord();
    const halt: Effect = { type: 'halt', code: 'forked', text: 'Forked.', proof };
    rig.next(store(1), send(1, 1), store(2, record), halt, send(2, null), store(3));
    await rig.poke();
    expect(rig.ended).toBeNull();
    expect(rig.store.writes[0]?.slice(1)).toEqual([
      record,
      { type: 'halt', code: 'forked', text: 'Forked.', proof },
    ]);
    const steps = rig.core.inputs.length;
    rig.clock.advance(100);
    await rig.run();
    await rig.store.complete();
    expect(rig.ended).toBe('halted');
    expect(rig.links.toPeers).toEqual([]);
    expect(rig.core.inputs).toHaveLength(steps);
    expect(rig.lines).toContainEqual({ level: 'error', code: 'forked' });
  });

  test('during a write: the next one carries the proof', async () => {
    const rig = new Rig();
    rig.next(store(1), send(1, 1));
    await rig.poke();
    rig.next({ type: 'halt', code: 'forked', text: 'Forked.', proof: [] });
    await rig.poke();
    await rig.store.complete();
    expect(rig.ended).toBeNull();
    expect(rig.store.writes[1]).toMatchObject([{ type: 'halt' }]);
    await rig.store.complete();
    expect(rig.ended).toBe('halted');
    expect(rig.links.toPeers).toEqual([]);
  });
});

describe('stop and resign', () => {
  test('resign is stepped, and the host goes on', async () => {
    const rig = new Rig();
    rig.host.resign();
    await rig.run();
    expect(rig.core.types).toEqual(['resign']);
    expect(rig.host.status().state).toBe('running');
  });

  test('stop waits for the write and for applying', async () => {
    const rig = new Rig();
    let open = (): void => undefined;
    rig.machine.gate = new Promise((resolve) => (open = resolve));
    rig.next(store(1), send(1, 1), { type: 'apply', entries: chainOf(cluster, 1) });
    await rig.poke();
    void rig.host.stop();
    await rig.run();
    expect(rig.host.status().state).toBe('stopping');
    await rig.store.complete();
    await rig.run();
    expect(rig.ended).toBeNull();
    expect(sentBy(rig)).toEqual([1]);
    open();
    await rig.run();
    expect(rig.ended).toBe('resolved');
    expect(rig.machine.applied.index).toBe(3);
    expect(rig.clock.ticks).toEqual([]);
  });

  test('stop of a host at rest', async () => {
    const rig = new Rig();
    void rig.host.stop();
    await rig.run();
    expect(rig.ended).toBe('resolved');
    rig.host.peerFrame(second, frameOf(someMessage(1, second)));
    await rig.run();
    expect(rig.core.types).toEqual([]);
  });
});

test('time passes at least four times a heartbeat interval', async () => {
  const rig = new Rig();
  const { heartbeatIntervalMs } = cluster.configuration.parameters;
  expect(rig.clock.ticks.map(({ intervalMs }) => intervalMs)).toEqual([heartbeatIntervalMs / 4]);
  rig.clock.advance(25);
  await rig.run();
  expect(rig.core.inputs.map(({ type }) => type)).toEqual(['tick', 'drained']);
  expect(rig.core.inputs[0]?.now).toEqual(rig.clock.time);
});

test('a report is a line of the log', async () => {
  const rig = new Rig();
  rig.next({ type: 'report', level: 'warn', code: 'evidence', text: 'x', detail: { index: 1 } });
  await rig.poke();
  expect(rig.lines).toEqual([{ level: 'warn', code: 'evidence' }]);
});

test('D1, L2: while a disk stands still with all that may wait for it, peers wait as well', async () => {
  const rig = new Rig();
  const payload = new Uint8Array(limits.batchBytesMax);
  const record = { type: 'entry', entry: { ...cluster.genesis, payload } } as const;
  const count = Math.ceil(limits.writesBytesMax / payload.length) + 2;
  rig.next(store(1, record));
  await rig.poke();
  rig.next(store(2, ...Array<typeof record>(count).fill(record)));
  await rig.poke();
  expect(rig.store.writes).toHaveLength(1);
  rig.host.peerFrame(second, frameOf(someMessage(1, second)));
  await rig.run();
  expect(rig.core.types).not.toContain('received');
  // No turn of the loop is spent on waiting.
  expect(rig.clock.deferred).toEqual([]);
  await rig.store.complete();
  await rig.run();
  expect(rig.store.writes).toHaveLength(2);
  expect(rig.core.types).not.toContain('received');
  await rig.store.complete();
  await rig.run();
  expect(rig.core.types).toContain('received');
});
