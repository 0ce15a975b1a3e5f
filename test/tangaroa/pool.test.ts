/** What a pool hands out fits the messages that carry it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type { Term } from '../../src/consensus/model/ids.ts';
import { Pool } from '../../src/consensus/pool.ts';
import { idOf } from './cluster.ts';

const COUNT = limits.requestsPerBatchTarget + 100;

/** Small requests, one of each client. */
function poolOf(count: number): Pool {
  const pool = new Pool(idOf(1), 32 * 1024 * 1024, 4);
  for (let i = 0; i < count; i++) {
    const request = {
      digest: `request ${i}`,
      statement: { client: `client ${i}`, first: 1n, count: 1 },
      bytes: new Uint8Array(100),
    };
    expect(pool.add(request as unknown as ClientRequest, idOf(1), 0)).toBe(true);
  }
  return pool;
}

test('a Forward carries as many requests as one may, however small, and the rest goes next', () => {
  const pool = poolOf(COUNT);
  const first = pool.toForward(0, limits.batchBytesMax);
  expect(first.length).toBe(limits.requestsPerBatchTarget);
  for (const pending of first) pending.forwardedAtMs = 1;
  expect(pool.toForward(0, limits.batchBytesMax).length).toBe(COUNT - first.length);
});

test('so does an entry', () => {
  const pool = poolOf(COUNT);
  expect(pool.nextBatch(1 as Term).length).toBe(limits.requestsPerBatchTarget);
  expect(pool.nextBatch(1 as Term).length).toBe(100);
});

test('a batch below what it must carry is not handed out, and nothing of it is marked', () => {
  const pool = poolOf(100);
  const bytes = 100 * 104;
  expect(pool.nextBatch(1 as Term, bytes + 1)).toEqual([]);
  expect(pool.nextBatch(1 as Term, bytes).length).toBe(100);
});

test('a batch that can grow no more waits for nothing, however small its requests', () => {
  const pool = poolOf(COUNT);
  const { requestsPerBatchTarget, batchBytesMax } = limits;
  expect(pool.nextBatch(1 as Term, batchBytesMax).length).toBe(requestsPerBatchTarget);
  expect(pool.nextBatch(1 as Term, batchBytesMax)).toEqual([]);
});

/** A pool over few clients, and what it hands out, beside a plain model that looks at everything. */
describe('what is handed out', () => {
  interface Kept {
    readonly name: string;
    readonly client: string;
    readonly bytes: number;
    readonly own: boolean;
    orderedIn: number | null;
    forwardedAtMs: number;
  }
  const step = fc.oneof(
    fc.record({
      type: fc.constant('add' as const),
      client: fc.nat(3),
      bytes: fc.integer({ min: 1, max: 300_000 }),
      own: fc.boolean(),
    }),
    fc.record({ type: fc.constant('batch' as const), bytesMin: fc.constantFrom(0, 131_072) }),
    fc.record({ type: fc.constant('forward' as const), patience: fc.constantFrom(2, 50) }),
    fc.record({ type: fc.constant('executed' as const), which: fc.nat() }),
    fc.record({ type: fc.constantFrom('term' as const, 'forget' as const, 'drop' as const) }),
  );

  test('is what a look at everything would find: in turn, within bounds, nothing twice in a term', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pool = new Pool(idOf(1), 1e9, 4);
        let kept: Kept[] = [];
        let term = 1;
        let now = 0;
        const nameOf = ({ digest }: ClientRequest): string => digest;
        const find = (name: string): Kept => kept.find((each) => each.name === name)!;
        for (const each of steps) {
          now += 10;
          switch (each.type) {
            case 'add': {
              const { client, bytes, own } = each;
              const name = `r${now}`;
              const statement = { client: `c${client}`, first: BigInt(now), count: 1 };
              const request = { digest: name, statement, bytes: new Uint8Array(bytes) };
              pool.add(request as unknown as ClientRequest, idOf(own ? 1 : 2), now);
              const fields = { orderedIn: null, forwardedAtMs: -Infinity };
              kept.push({ name, client: `c${client}`, bytes, own, ...fields });
              break;
            }
            case 'batch': {
              const open = kept.filter(({ orderedIn }) => orderedIn !== term);
              const batch = pool.nextBatch(term as Term, each.bytesMin).map(nameOf);
              const sum = (names: readonly string[]): number =>
                names.reduce((total, name) => total + find(name).bytes + 4, 0);
              const all = sum(open.map(({ name }) => name));
              if (all < each.bytesMin && all <= limits.batchBytesTarget) expect(batch).toEqual([]);
              else expect(batch.length > 0).toBe(open.length > 0);
              expect(new Set(batch).size).toBe(batch.length);
              if (batch.length > 1) expect(sum(batch)).toBeLessThanOrEqual(limits.batchBytesTarget);
              for (const name of batch) expect(open.map((one) => one.name)).toContain(name);
              // In turn: no client is two ahead of another whose requests wait.
              const waiting = open.filter(({ name }) => !batch.includes(name));
              const countOf = (client: string): number =>
                batch.filter((name) => find(name).client === client).length;
              for (const { client } of waiting)
                for (const { client: other } of open)
                  expect(countOf(other) - countOf(client)).toBeLessThanOrEqual(1);
              for (const name of batch) find(name).orderedIn = term;
              break;
            }
            case 'forward': {
              const since = now - each.patience;
              const due = pool.toForward(since, 600_000);
              const expected = kept.filter((one) => one.own && one.forwardedAtMs <= since);
              const names = due.map(({ request }) => nameOf(request));
              for (const name of names) expect(expected.map((one) => one.name)).toContain(name);
              expect(names.length > 0).toBe(expected.length > 0);
              const bytes = names.reduce((total, name) => total + find(name).bytes, 0);
              if (names.length > 1) expect(bytes).toBeLessThanOrEqual(600_000);
              if (names.length < expected.length)
                expect(bytes + Math.max(...expected.map((one) => one.bytes))).toBeGreaterThan(
                  600_000,
                );
              for (const pending of due) {
                pending.forwardedAtMs = now;
                find(nameOf(pending.request)).forwardedAtMs = now;
              }
              break;
            }
            case 'executed': {
              const done = kept[each.which % Math.max(1, kept.length)];
              if (done === undefined) break;
              const first = BigInt(done.name.slice(1));
              const fields = { first, count: 1, index: 5, floor: 0n };
              pool.executed({ client: done.client, requestDigest: done.name, ...fields } as never);
              kept = kept.filter((one) => one !== done);
              break;
            }
            case 'term':
              term++;
              break;
            case 'forget':
              pool.forgetForwards();
              for (const one of kept) one.forwardedAtMs = -Infinity;
              break;
            case 'drop':
              pool.dropForeign();
              kept = kept.filter(({ own }) => own);
              break;
          }
          expect(pool.size).toBe(kept.length);
          const oldest = kept.find(({ own }) => own);
          expect(pool.oldestMs()).toBe(oldest === undefined ? null : Number(oldest.name.slice(1)));
        }
      }),
    );
  });

  test('a client goes on with its turn where the batch before ended', () => {
    const pool = poolOf(0);
    for (let client = 0; client < 3; client++)
      for (let i = 0; i < 400; i++)
        pool.add(requestNamed(`${client} ${i}`, `c${client}`), idOf(1), 0);
    const counts = (batch: readonly ClientRequest[]): readonly number[] =>
      [0, 1, 2].map((c) => batch.filter(({ digest }) => digest.startsWith(`${c} `)).length);
    expect(counts(pool.nextBatch(1 as Term))).toEqual([171, 171, 170]);
    expect(counts(pool.nextBatch(1 as Term))).toEqual([171, 170, 171]);
  });

  test('S4: of one client no more is kept of one voter than an honest one has under way, others find room', () => {
    const pool = poolOf(0);
    const max = limits.pendingPerClientMax;
    const add = (i: number, client: string, from: number): boolean =>
      pool.add(requestNamed(`${from} ${client} ${i}`, client), idOf(from), 0);
    for (let i = 0; i < max; i++) expect(add(i, 'flood', 1)).toBe(true);
    expect([add(max, 'flood', 1), add(0, 'other', 1), add(0, 'flood', 2)]).toEqual([
      false,
      true,
      true,
    ]);
    const more = Array.from({ length: max + 9 }, (_, i) => requestNamed(`more ${i}`, 'flood'));
    expect(pool.roomFor(idOf(2), more)).toBe((max - 1) * 100);
  });
});

function requestNamed(digest: string, client: string): ClientRequest {
  const statement = { client, first: 1n, count: 1 };
  return { digest, statement, bytes: new Uint8Array(100) } as unknown as ClientRequest;
}

describe('C2, L2: what was executed', () => {
  const requestOf = (client: string, first: number): ClientRequest =>
    ({
      digest: `${client} ${first}`,
      statement: { client, first: BigInt(first), count: 1 },
      bytes: new Uint8Array(100),
    }) as unknown as ClientRequest;
  const done = (client: string, first: number, floor: number, index = 5) =>
    ({
      client,
      requestDigest: `${client} ${first}`,
      first: BigInt(first),
      count: 1,
      index,
      floor: BigInt(floor),
    }) as never;

  test('is not kept, verified or ordered again, whoever hands it over', () => {
    const pool = poolOf(0);
    for (const first of [1, 2, 3]) pool.add(requestOf('a', first), idOf(1), 0);
    for (const first of [1, 3]) pool.executed(done('a', first, 0));
    expect([1, 2, 3, 4].map((first) => pool.isNews(requestOf('a', first)))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(pool.add(requestOf('a', 3), idOf(2), 0)).toBe(true);
    expect(pool.size).toBe(1);
    // The floor passed all but the last number, also what this node never saw executed.
    pool.executed(done('a', 9, 7));
    expect([4, 7, 8, 9, 10].map((first) => pool.isNews(requestOf('a', first)))).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(pool.isNews(requestOf('b', 4))).toBe(true);
    expect([pool.size, pool.sizes.numbers]).toEqual([0, 1]);
  });

  test('a void request says how far the floor is, and takes no number', () => {
    const pool = poolOf(0);
    pool.executed(done('a', 5, 3, 0));
    expect([3, 4, 5].map((first) => pool.isNews(requestOf('a', first)))).toEqual([
      false,
      true,
      true,
    ]);
    pool.executed(done('nobody', 5, 0, 0));
    expect(pool.sizes).toMatchObject({ sessions: 1, numbers: 0 });
  });

  test('takes no more memory than a window of each client', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 1, maxLength: 600 }), (steps) => {
        const pool = poolOf(0);
        let floor = 0;
        const used = new Set<number>();
        for (const above of steps) {
          const first = floor + 1 + above;
          if (used.has(first)) floor = first;
          used.add(first);
          pool.executed(done('a', first, floor));
          expect(pool.sizes.numbers).toBeLessThanOrEqual(limits.sessionWindow);
          expect(pool.isNews(requestOf('a', first))).toBe(false);
        }
      }),
    );
  });
});
