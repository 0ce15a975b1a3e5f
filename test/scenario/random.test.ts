/** Random scripts: no invariant breaks, and all end in liveness. What fails is printed as a script, as short as it gets. */
import { expect, test } from 'vitest';
import { randomScript } from './random.ts';
import { runScenario } from './run.ts';

const SEEDS = { 4: 150, 7: 25 } as const;

/** What a script breaks, or null. */
function fault(lines: readonly string[]): Error | null {
  try {
    runScenario(lines.join('\n'), 'random.scenario');
    return null;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Takes lines away while the same kind of error is left; the first and the last line stay. */
function shrink(script: string): readonly string[] {
  let lines: readonly string[] = script.trimEnd().split('\n');
  const kind = fault(lines)?.name;
  for (let size = lines.length; size >= 1; size = Math.floor(size / 2))
    for (let at = 1; at < lines.length - 1;) {
      const end = Math.min(at + size, lines.length - 1);
      const fewer = [...lines.slice(0, at), ...lines.slice(end)];
      if (fault(fewer)?.name === kind) lines = fewer;
      else at = end;
    }
  return lines;
}

test.each([4, 7] as const)('random scripts of %i nodes', (size) => {
  for (let seed = 1; seed <= SEEDS[size]; seed++) {
    const script = randomScript(seed, size);
    if (fault(script.split('\n')) === null) continue;
    const lines = shrink(script);
    expect.fail(`seed ${seed}: ${fault(lines)?.message}\n\n${lines.join('\n')}\n`);
  }
});

test('the same seed writes the same script', () => {
  expect(randomScript(7, 4)).toBe(randomScript(7, 4));
  expect(randomScript(7, 4)).not.toBe(randomScript(8, 4));
});
