import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Recovered } from '../../src/consensus/core.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex } from '../../src/consensus/model/ids.ts';
import { replayCommitted } from '../../src/host/machine-entry.ts';
import { certificateOf, chainOf, requestOf } from '../fixtures-crypto.ts';
import { cluster, FakeMachine, FakeStore, Rig } from './harness.ts';

const indexes = (machine: FakeMachine): number[] => machine.entries.map(({ index }) => index);

describe('N6: applying', () => {
  test('one after another, in order, each reported to the core', async () => {
    const rig = new Rig();
    const entries = chainOf(cluster, 5);
    rig.next({ type: 'apply', entries: entries.slice(0, 2) });
    await rig.poke();
    rig.next({ type: 'apply', entries: entries.slice(2) });
    await rig.poke();
    expect(indexes(rig.machine)).toEqual([2, 3, 4, 5, 6, 7]);
    const { digest, commands } = requestOf(cluster);
    expect(rig.machine.entries[1]).toEqual({
      index: 3,
      hash: entries[1]!.hash,
      timestamp: entries[1]!.header.timestamp,
      requests: [
        {
          client: cluster.clients[0]!.id,
          role: 'writer',
          first: 1n,
          acknowledged: 0n,
          digest,
          commands,
        },
      ],
    });
    const applied = rig.core.inputs.filter((input) => input.type === 'applied');
    expect(applied.map(({ index }) => index)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(rig.store.reads).toEqual([]);
  });

  test('the core and the clients hear of an entry while it is written, and the next one waits for that', async () => {
    const rig = new Rig();
    let written = (): void => undefined;
    rig.machine.disk = new Promise((resolve) => (written = resolve));
    rig.next({ type: 'apply', entries: chainOf(cluster, 2) });
    await rig.poke();
    const applied = (): number[] =>
      rig.core.inputs.flatMap((input) => (input.type === 'applied' ? [input.index] : []));
    expect(applied()).toEqual([2]);
    expect(rig.machine.applied.index).toBe(1);
    written();
    await rig.poke();
    expect(applied()).toEqual([2, 3, 4]);
  });

  test('a machine that fails after its replies stops the node', async () => {
    const rig = new Rig();
    rig.machine.disk = Promise.reject(new Error('no space left on device'));
    rig.machine.disk.catch(() => undefined);
    rig.next({ type: 'apply', entries: chainOf(cluster, 2) });
    await rig.poke();
    expect(rig.ended).toBe('machine-failed');
    expect(indexes(rig.machine)).toEqual([2]);
  });

  test('a gap is a bug of our own', async () => {
    const rig = new Rig();
    rig.next({ type: 'apply', entries: chainOf(cluster, 2).slice(1) });
    await rig.poke();
    expect(rig.ended).toBe('internal');
    expect(rig.machine.entries).toEqual([]);
  });

  test('a machine that fails stops the node', async () => {
    const rig = new Rig();
    rig.machine.apply = () => Promise.reject(new Error('no space left on device'));
    rig.next({ type: 'apply', entries: chainOf(cluster, 1) });
    await rig.poke();
    expect(rig.ended).toBe('machine-failed');
  });

  test('what a quorum could read and this node cannot stops it, and is not passed over', async () => {
    const rig = new Rig();
    const content = {
      kind: 'malformed',
      reason: 'batch: 513 items where 512 are allowed',
    } as const;
    const [first, second] = chainOf(cluster, 1);
    rig.next({ type: 'apply', entries: [first!, { ...second!, content }] });
    await rig.poke();
    expect(rig.ended).toBe('machine-failed');
    expect(indexes(rig.machine)).toEqual([2]);
  });

  test('what does not fit in memory is read from the store again', async () => {
    const rig = new Rig();
    const payload = new Uint8Array(limits.batchBytesMax);
    const fit = Math.floor(limits.applyQueueBytesMax / payload.length);
    const entries: Entry[] = chainOf(cluster, fit + 8).map((entry) => ({ ...entry, payload }));
    rig.store.entries = entries;
    let open = (): void => undefined;
    rig.machine.gate = new Promise((resolve) => (open = resolve));
    rig.next({ type: 'apply', entries: entries.slice(0, fit + 4) });
    await rig.poke();
    rig.next({ type: 'apply', entries: entries.slice(fit + 4) });
    await rig.poke();
    expect(rig.store.reads).toEqual([]);
    open();
    await rig.run();
    expect(indexes(rig.machine)).toEqual(entries.map(({ header }) => header.index));
    // Entries 2 to fit + 1 were kept.
    expect(rig.store.reads).toEqual([{ from: fit + 2, to: entries.at(-1)!.header.index }]);
  });
});

describe('D1: what the machine lost is applied again before the core is made', () => {
  test('from its position to the commit index, in chunks', async () => {
    const machine = new FakeMachine();
    const store = new FakeStore();
    const entries = chainOf(cluster, 9);
    store.entries = entries;
    store.readCommitted = (from, to) =>
      Promise.resolve(
        entries
          .filter(({ header }) => header.index >= from && header.index <= to.index)
          .slice(0, 3),
      );
    machine.applied = { index: 3, hash: entries[1]!.hash };
    const committed = positionOf(entries[7]!);
    const recovered: Recovered = {
      genesis: cluster.genesis,
      term: null,
      accepted: null,
      prepared: null,
      commit: certificateOf(cluster, 'commit', [entries[7]!]),
      committed,
      applied: 3 as LogIndex,
      recent: [],
      tail: [],
      evidence: [],
      vote: null,
    };
    const { configuration } = cluster;
    await replayCommitted({ recovered, configuration }, { machine, store });
    expect(indexes(machine)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(machine.applied).toEqual(committed);
  });
});
