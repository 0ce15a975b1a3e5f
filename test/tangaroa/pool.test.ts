/** What a pool hands out fits the messages that carry it. */
import { expect, test } from 'vitest';
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
