import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';
import type { Effect } from '../../src/consensus/core.ts';
import type { CommitCertificate } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { Entries } from '../../src/consensus/model/message.ts';
import { readAnswer } from '../../src/host/fetch-server.ts';
import type { LogStore } from '../../src/host/ports.ts';
import { certificateOf, chainOf } from '../fixtures-crypto.ts';
import { cluster, FakeStore, fourth, Rig, second, settle, third } from './harness.ts';

const entries = [cluster.genesis, ...chainOf(cluster, 18)];
const at = (index: number): Entry => entries[index - 1]!;
const certificateAt = (index: number): CommitCertificate =>
  certificateOf(cluster, 'commit', [at(index)]);

/** A store with all entries, certificates at some indexes, that reads `chunk` entries at a time. */
function storeWith(certified: readonly number[], chunk: number): LogStore {
  const store = new FakeStore();
  store.entries = entries;
  const read = store.readCommitted;
  store.readCommitted = (from, to, _, bytes) => read(from, to, chunk, bytes);
  store.readCertificate = (from) => {
    const index = certified.find((each) => each >= from);
    return Promise.resolve(index === undefined ? null : certificateAt(index));
  };
  return store;
}

async function answerOf(from: number, newest: number, certified: readonly number[], chunk = 5) {
  const request = { from: from as LogIndex, newest: certificateAt(newest), link: null };
  return readAnswer(storeWith(certified, chunk), request);
}

describe('D3: answers to fetches', () => {
  test('entries, then headers to the nearest stored certificate', async () => {
    const answer = await answerOf(3, 18, [2, 10, 14]);
    expect(answer?.entries).toEqual(entries.slice(2, 7));
    expect(answer?.headers).toEqual(entries.slice(7, 10).map(({ header }) => header));
    expect(answer?.commit).toEqual(certificateAt(10));
    expect(answer?.leader).toBeNull();
  });

  test('to the newest certificate where none is stored above', async () => {
    const answer = await answerOf(12, 18, [2, 10]);
    expect(answer?.entries).toEqual(entries.slice(11, 16));
    expect(answer?.headers).toEqual([at(17).header, at(18).header]);
    expect(answer?.commit).toEqual(certificateAt(18));
  });

  test('no headers where the last entry itself is certified, nothing above the newest', async () => {
    const answer = await answerOf(15, 18, [], 100);
    expect(answer?.entries).toEqual(entries.slice(14, 18));
    expect(answer?.headers).toEqual([]);
  });

  test('nothing from above the newest certificate', async () => {
    expect(await answerOf(19, 18, [])).toBeNull();
  });

  test('what the certificate proves is verified by the asker', async () => {
    const body = await answerOf(3, 18, [2, 10, 14]);
    const message = cluster.signer(second).signBody({ kind: 'entries', body: body! });
    expect(cluster.makeVerifier().peerMessage(message).type).toBe('verified');
  });

  test('without a certificate, by headers over the commit index to the head that the core names', async () => {
    const link = {
      committed: positionOf(at(12)),
      headers: [at(13).header, at(14).header],
      leader: null,
    };
    const answer = await readAnswer(storeWith([], 5), { from: 3 as LogIndex, newest: null, link });
    expect(answer?.entries).toEqual(entries.slice(2, 7));
    expect(answer?.headers).toEqual(entries.slice(7, 14).map(({ header }) => header));
    expect(answer?.commit).toBeNull();
  });

  test('certificates too far apart: up to the one in between', async () => {
    const far = limits.fetchHeadersMax + 100;
    const long: Entry[] = [...entries];
    for (let i = long.length; i < far; i++)
      long.push({ ...at(3), header: { ...at(3).header, index: (i + 1) as LogIndex } });
    const store = storeWith([4], 5) as FakeStore;
    store.entries = long;
    const newest = { ...certificateAt(18), headers: [long.at(-1)!.header] };
    const answer = await readAnswer(store, { from: 2 as LogIndex, newest, link: null });
    expect(answer?.entries).toEqual(entries.slice(1, 4));
    expect(answer?.commit).toEqual(certificateAt(4));
  });
});

describe('L2: fetches are answered one at a time and not too often', () => {
  const serve = (to: NodeId, from: number): Effect => ({
    type: 'serve',
    to,
    from: from as LogIndex,
    newest: certificateAt(18),
    link: null,
  });
  const answered = (rig: Rig): [NodeId, number][] =>
    rig.links.sent.map(({ to, message }) => [
      to,
      (message as Entries).body.entries[0]!.header.index,
    ]);

  test('a later request replaces one that waits, each peer for itself', async () => {
    const rig = new Rig();
    rig.store.entries = entries;
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const read = rig.store.readCommitted;
    rig.store.readCommitted = async (...bounds) => {
      await gate;
      return read(...bounds);
    };
    rig.next(serve(second, 3), serve(second, 4), serve(third, 7), serve(second, 5));
    await rig.poke();
    rig.clock.advance(limits.serveIntervalMs);
    await rig.run();
    expect(answered(rig)).toEqual([]);
    open();
    await rig.run();
    expect(answered(rig)).toEqual([
      [second, 3],
      [third, 7],
    ]);
    rig.clock.advance(1);
    await rig.run();
    expect(answered(rig).at(-1)).toEqual([second, 5]);
    expect(answered(rig)).toHaveLength(3);
  });

  test('not before the interval has passed', async () => {
    const rig = new Rig();
    rig.store.entries = entries;
    rig.next(serve(second, 3));
    await rig.poke();
    rig.clock.advance(limits.serveIntervalMs - 1);
    rig.next(serve(second, 8));
    await rig.poke();
    expect(answered(rig)).toHaveLength(1);
    rig.clock.advance(1);
    await settle();
    expect(answered(rig)).toHaveLength(2);
  });

  test('L2: what an answer carries is paid for before the next one, each peer for itself', async () => {
    const rig = new Rig();
    const payload = new Uint8Array(2_000_000);
    rig.store.entries = entries.map((entry) => ({ ...entry, payload }));
    const read = rig.store.readCommitted;
    rig.store.readCommitted = (from, to) => read(from, to, 2, 0);
    const sent = (): NodeId[] => rig.links.toPeers.map(({ to }) => to);
    rig.next(serve(second, 3));
    await rig.poke();
    const costMs = (1_000 * 2 * payload.length) / limits.serveBytesPerSecond;
    expect(costMs).toBeGreaterThan(limits.serveIntervalMs);
    rig.clock.advance(costMs - 1);
    rig.next(serve(second, 3), serve(third, 3));
    await rig.poke();
    expect(sent()).toEqual([second, third]);
    rig.clock.advance(1);
    await rig.run();
    expect(sent()).toEqual([second, third, second]);
  });

  test('L2: few are read for at once, peers in turn', async () => {
    const rig = new Rig();
    rig.store.entries = entries;
    const read = rig.store.readCommitted;
    const gates: (() => void)[] = [];
    rig.store.readCommitted = async (...bounds) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return read(...bounds);
    };
    rig.next(serve(second, 3), serve(third, 4), serve(fourth, 5), serve(second, 6));
    await rig.poke();
    expect(gates).toHaveLength(limits.servedAtOnceMax);
    gates[0]!();
    await settle();
    expect(gates).toHaveLength(limits.servedAtOnceMax + 1);
    rig.clock.advance(limits.serveIntervalMs);
    for (let i = 1; i < 4; i++) {
      gates[i]!();
      await settle();
    }
    expect(answered(rig)).toEqual([
      [second, 3],
      [third, 4],
      [fourth, 5],
      [second, 6],
    ]);
  });

  test('room: no more signatures than its reader checks, and at least one entry', async () => {
    const { fetchSignaturesMax, unprovenSignaturesMax } = limits;
    const countOf = async (each: number, link: boolean): Promise<number | undefined> => {
      const payload = new Writer().u32(each).finish();
      const store = storeWith([], 100);
      const read = store.readCommitted;
      store.readCommitted = async (...bounds) =>
        (await read(...bounds)).map((entry) => ({ ...entry, payload }));
      const newest = link ? null : certificateAt(18);
      const proof = { committed: positionOf(at(18)), headers: [], leader: null };
      const from = 3 as LogIndex;
      return (await readAnswer(store, { from, newest, link: link ? proof : null }))?.entries.length;
    };
    expect(await countOf(fetchSignaturesMax / 4, false)).toBe(4);
    expect(await countOf(limits.requestsPerBatchMax, false)).toBe(2);
    expect(await countOf(unprovenSignaturesMax / 4, true)).toBe(4);
    expect(await countOf(limits.requestsPerBatchMax, true)).toBe(1);
    expect(await countOf(1, true)).toBe(16);
  });

  test('damage that is found while a peer is served stops the node', async () => {
    const rig = new Rig();
    rig.store.readCommitted = () => Promise.reject(new Error('entry 3 is damaged'));
    rig.next(serve(second, 3));
    await rig.poke();
    expect(rig.ended).toBe('machine-failed');
  });
});
