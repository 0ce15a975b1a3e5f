/** A bounded number of mutated inputs for each target, the same each time, and everything that was kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { TARGETS, targetNamed } from './catalogue.ts';
import { readCorpus, rootDirectory } from './corpus.ts';
import { feed, Fuzzer } from './engine.ts';
import type { Finding } from './engine.ts';
import { checkPrototypes } from './oracles.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

const SEED = 20_261;

/** What broke, and the one command that replays it. */
async function failure(target: Target, finding: Finding): Promise<string> {
  const untilMs = performance.now() + 5_000;
  const limits = { untilMs, nowMs: () => performance.now(), alive: () => undefined };
  const { text, input } = await shrink(target, finding, limits);
  return `${text}\n\nreplay: npm run fuzz -- --replay ${target.name}:${toHex(input)}`;
}

const corpus = readCorpus();

describe.each(TARGETS)('$name', (target) => {
  afterAll(() => target.close());

  async function holds(result: Promise<Finding | null>): Promise<void> {
    const finding = await result;
    if (finding !== null) throw new Error(await failure(target, finding));
  }

  test('holds for its first inputs, and for mutations of them', async () => {
    const fuzzer = new Fuzzer(target, { seed: SEED, weighedMax: 4 });
    for (const input of await target.seeds()) await holds(fuzzer.start(input));
    for (let i = 0; i < target.testCases; i++) await holds(fuzzer.next());
    checkPrototypes();
    // Nothing is shown by inputs that are all refused alike.
    expect(fuzzer.verdicts.size).toBeGreaterThan(1);
  });

  const kept = corpus.filter((each) => each.target === target.name);
  test.each(kept)('holds for what was kept: $name', async ({ input, showed }) => {
    await target.seeds();
    const result = await feed(target, input);
    const broken = 'finding' in result ? await failure(target, result.finding) : '';
    expect(broken, showed).toBe('');
  });
});

test('every kept input is of a target that there is, and says what it showed', () => {
  for (const { target, name, showed } of corpus) {
    expect(targetNamed(target), `${target}/${name}`).not.toBeNull();
    expect(showed.length, `${target}/${name}`).toBeGreaterThan(20);
  }
});

test('docs/fuzzing.md lists every target', () => {
  const page = readFileSync(join(rootDirectory(), 'docs', 'fuzzing.md'), 'utf8');
  const section = page.split(/^## /mu).find((text) => text.startsWith('Targets')) ?? '';
  const names = [...section.matchAll(/^\| `([^`]+)`/gmu)].map((match) => match[1] ?? '');
  expect(names.sort()).toEqual(TARGETS.map(({ name }) => name).sort());
});
