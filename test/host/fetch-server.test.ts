import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';
import type { Effect } from '../../src/consensus/core.ts';
import type { CommitCertificate } from '../../src/consensus/model/certificate.ts';
import type { Entry, Header } from '../../src/consensus/model/entry.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { Entries, EntriesBody } from '../../src/consensus/model/message.ts';
import { readAnswer } from '../../src/host/fetch-answer.ts';
import type { FetchRequest } from '../../src/host/fetch-answer.ts';
import { FetchServer } from '../../src/host/fetch-server.ts';
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
  return (await readAnswer(storeWith(certified, chunk), request)).body;
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
    const request = { from: 3 as LogIndex, newest: null, link };
    const { body: answer } = await readAnswer(storeWith([], 5), request);
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
    const { body: answer } = await readAnswer(store, { from: 2 as LogIndex, newest, link: null });
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
      const { body } = await readAnswer(store, { from, newest, link: link ? proof : null });
      return body?.entries.length;
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

const MEBIBYTE = 1_048_576;

/** Where a server that stands still ends a test. */
const MUCH_TIME_MS = 300_000;

/** A server of a log of `count` entries over a store that answers at once, and what it sent. */
class Desk {
  readonly sent: { readonly to: NodeId; readonly body: EntriesBody; readonly atMs: number }[] = [];
  readonly #server: FetchServer;
  readonly #log: readonly Entry[];
  #nowMs = 0;

  constructor(count: number, payloadBytes: number) {
    const payload = new Uint8Array(payloadBytes);
    this.#log = Array.from({ length: count }, (_, i) => {
      const { header, hash, content } = at(2);
      return { header: { ...header, index: (i + 1) as LogIndex }, hash, content, payload };
    });
    const store = storeWith([], 0) as FakeStore;
    store.entries = this.#log;
    store.readCommitted = (from, to, entriesMax, bytesMax) => {
      const fit = Math.max(1, Math.min(entriesMax, Math.floor(bytesMax / payloadBytes)));
      return Promise.resolve(this.#log.slice(from - 1, Math.min(to.index, from - 1 + fit)));
    };
    this.#server = new FetchServer(
      { peers: 3 },
      {
        store,
        send: (to, body) => this.sent.push({ to, body, atMs: this.#nowMs }),
        onIdle: () => undefined,
        onFailure: (error) => {
          throw error;
        },
      },
    );
  }

  ask(peer: NodeId, from: number, proof: 'newest' | 'link' = 'newest', above: Header[] = []): void {
    const last = { header: this.#log.at(-1)!.header, hash: this.#log.at(-1)!.hash };
    const newest = { ...certificateAt(18), headers: [last.header] };
    const link = { committed: positionOf(last as Entry), headers: above, leader: null };
    const request: FetchRequest =
      proof === 'newest'
        ? { from: from as LogIndex, newest, link: null }
        : { from: from as LogIndex, newest: null, link };
    this.#server.ask(peer, request, this.#nowMs);
  }

  /** `question` before each tick. */
  async pass(ms: number, question: () => void = () => undefined): Promise<void> {
    for (const endMs = this.#nowMs + ms; this.#nowMs < endMs;) {
      question();
      await settle();
      this.#nowMs += 10;
      this.#server.tick(this.#nowMs);
      await settle();
    }
  }

  /** Asks upwards from what it got, and ends when it has all. Returns how long that took. */
  async catchUp(peer: NodeId): Promise<number> {
    const startMs = this.#nowMs;
    const before = this.sent.length;
    const next = (): number => {
      const answers = this.sent.slice(before).filter(({ to }) => to === peer);
      return (answers.at(-1)?.body.entries.at(-1)?.header.index ?? 0) + 1;
    };
    while (next() <= this.#log.length && this.#nowMs < MUCH_TIME_MS)
      await this.pass(10, () => this.ask(peer, next()));
    return this.#nowMs - startMs;
  }

  bytes(to: NodeId): number {
    const served = this.sent.filter((each) => each.to === to).flatMap(({ body }) => body.entries);
    return served.reduce((sum, { payload }) => sum + payload.length, 0);
  }
}

describe('L2: new ground is served fast, the same again from an allowance', () => {
  const paidMs = (bytes: number): number => (1_000 * bytes) / limits.serveBytesPerSecond;
  const burst = limits.serveAgainBytesMax / 3;
  const perSecond = limits.serveAgainBytesPerSecond / 3;

  test('who was away gets all of it at full pace, each peer for itself', async () => {
    const desk = new Desk(128, MEBIBYTE);
    const [one, other] = await Promise.all([desk.catchUp(second), desk.catchUp(third)]);
    for (const ms of [one, other]) {
      expect(ms).toBeGreaterThan(0.9 * paidMs(128 * MEBIBYTE));
      expect(ms).toBeLessThan(1.2 * paidMs(128 * MEBIBYTE));
    }
  });

  test.each<[string, (i: number) => [number, 'newest' | 'link']]>([
    ['the same', () => [1, 'newest']],
    ['backwards', (i) => [128 - (i % 128), 'newest']],
    [
      'all over the log, on one proof and the other',
      (i) => [1 + ((i * 37) % 100), i % 2 === 0 ? 'newest' : 'link'],
    ],
  ])('who asks again and again for %s gets little', async (_, question) => {
    const desk = new Desk(128, MEBIBYTE);
    await desk.catchUp(second);
    desk.sent.length = 0;
    let i = 0;
    await desk.pass(20_000, () => {
      for (let each = 0; each < 5; each++) desk.ask(second, ...question(i++));
    });
    expect(desk.bytes(second)).toBeGreaterThan(0.8 * (burst + 20 * perSecond));
    expect(desk.bytes(second)).toBeLessThan(burst + 20 * perSecond + limits.fetchBytesMax);
  });

  test('small entries are dear to read, and count as more than their bytes', async () => {
    const desk = new Desk(1_000, 100);
    await desk.catchUp(second);
    desk.sent.length = 0;
    await desk.pass(20_000, () => desk.ask(second, 1));
    // Entries, headers of the others, and a certificate.
    const cost = 1_001 * limits.serveRecordBytes + limits.fetchEntriesTarget * 100;
    const answers = (burst + 20 * perSecond) / cost;
    expect(desk.sent.length).toBeGreaterThan(0.9 * answers);
    expect(desk.sent.length).toBeLessThanOrEqual(Math.ceil(answers) + 1);
  });

  test('the smallest answer has its price', async () => {
    const desk = new Desk(64, 100);
    await desk.catchUp(second);
    desk.sent.length = 0;
    await desk.pass(60_000, () => desk.ask(second, 64));
    const answers = (burst + 60 * perSecond) / limits.serveAgainBytesMin;
    expect(desk.sent.length).toBeGreaterThan(0.9 * answers);
    expect(desk.sent.length).toBeLessThanOrEqual(answers + 1);
  });

  test('what comes to nothing after much was read is paid for, and is a repeat the next time', async () => {
    const desk = new Desk(128, MEBIBYTE);
    const above = Array.from({ length: limits.fetchHeadersMax + 1 }, () => at(2).header);
    desk.ask(second, 1, 'link', above);
    await desk.pass(10);
    desk.ask(second, 5);
    await desk.pass(paidMs(MEBIBYTE) - 20);
    expect(desk.sent).toEqual([]);
    await desk.pass(40);
    expect(desk.sent).toHaveLength(1);
    // The first one was new, the others are more than there is at once.
    const other = new Desk(128, MEBIBYTE);
    for (let i = 0; i < 9; i++) {
      other.ask(second, 1, 'link', above);
      await other.pass(40);
    }
    other.ask(second, 1);
    await other.pass(200);
    expect(other.sent).toEqual([]);
  });

  test('an answer that was lost is served again at once', async () => {
    const desk = new Desk(128, MEBIBYTE);
    for (let i = 0; i < 3; i++) {
      desk.ask(second, 1);
      await desk.pass(paidMs(5 * MEBIBYTE));
    }
    expect(desk.sent.map(({ body }) => body.entries[0]!.header.index)).toEqual([1, 1, 1]);
  });

  test('what pays for repeats keeps nothing that is new waiting', async () => {
    const desk = new Desk(128, MEBIBYTE);
    await desk.pass(5_000, () => desk.ask(second, 1));
    desk.sent.length = 0;
    while (desk.sent.length === 0) await desk.pass(10, () => desk.ask(second, 1));
    desk.sent.length = 0;
    desk.ask(second, 1);
    await desk.pass(50);
    expect(desk.sent).toEqual([]);
    desk.ask(second, 5);
    await desk.pass(200);
    expect(desk.sent.map(({ body }) => body.entries[0]!.header.index)).toEqual([5]);
  });

  test('who lost all of its log gets it again, though slowly', async () => {
    const desk = new Desk(64, MEBIBYTE);
    await desk.catchUp(second);
    const ms = await desk.catchUp(second);
    const expectedMs = (1_000 * (64 * MEBIBYTE - burst)) / perSecond;
    expect(ms).toBeLessThan(1.05 * expectedMs);
  });
});
