import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileMark } from '../../src/node/log-mark.ts';

let parent: string;
let path: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tangaroa-mark-'));
  path = join(parent, 'promised');
});
afterEach(() => rm(parent, { recursive: true }));

function opened(): number {
  const mark = FileMark.open(path);
  mark.close();
  return mark.writes;
}

test('D1: what was marked is found again', () => {
  expect(opened()).toBe(0);
  const mark = FileMark.open(path);
  for (const writes of [1, 2, 1_000, Number.MAX_SAFE_INTEGER]) {
    mark.advance(writes);
    expect(opened()).toBe(writes);
  }
  mark.close();
});

test('D1: a mark that is damaged says nothing, least of all that writes are missing', async () => {
  const mark = FileMark.open(path);
  mark.advance(17);
  mark.close();
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at++) {
    const flipped = Uint8Array.from(whole);
    flipped[at]! ^= 1;
    await writeFile(path, flipped);
    expect(opened()).toBe(0);
    await writeFile(path, whole.subarray(0, at));
    expect(opened()).toBe(0);
  }
});
