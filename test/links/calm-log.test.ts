import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { calmLog } from '../../src/node/calm-log.ts';

it('L2: of what happens all the time some lines are written, and then how many were not', () => {
  const lines: { code: string; detail: unknown }[] = [];
  let now = 0;
  const log = calmLog((_, code, __, detail) => lines.push({ code, detail }), { nowMs: () => now });
  for (let i = 0; i < 10_000; i++) log('info', 'client-closed', 'bad signature', { client: i });
  expect(lines).toHaveLength(limits.logLinesMax);
  log('error', 'rogue', 'n2 broke the protocol');
  expect(lines.at(-1)).toEqual({ code: 'rogue', detail: undefined });
  now += 1_000 / limits.logLinesPerSecond;
  for (let i = 0; i < 10; i++) log('info', 'client-closed', 'bad signature', { client: i });
  expect(lines).toHaveLength(limits.logLinesMax + 2);
  const leftOut = 10_000 - limits.logLinesMax;
  expect(lines.at(-1)).toEqual({ code: 'client-closed', detail: { client: 0, leftOut } });
  now += 60_000;
  log('info', 'client-closed', 'bad signature', { client: 1 });
  expect(lines.at(-1)?.detail).toEqual({ client: 1, leftOut: 9 });
});

it('L2: what one peer or client fills hides nothing of another, and all together do not fill the log', () => {
  const lines: unknown[] = [];
  const log = calmLog((_, __, text) => lines.push(text), { nowMs: () => 0 });
  for (let i = 0; i < 1_000; i++) log('info', 'peer-down', 'n1', { peer: 'n1' });
  expect(lines).toHaveLength(limits.logLinesMax);
  log('info', 'peer-down', 'n2', { peer: 'n2' });
  expect(lines.at(-1)).toBe('n2');
  for (let i = 0; i < 1_000; i++) log('info', 'client-closed', 'c1', { client: 'c1' });
  log('info', 'client-closed', 'c2', { client: 'c2' });
  expect(lines.at(-1)).toBe('c2');
  for (let i = 0; i < 100 * limits.logLinesMax; i++)
    log('info', 'client-closed', 'flood', { client: `c${i % 1_000}` });
  expect(lines.filter((text) => text !== 'n1' && text !== 'n2')).toHaveLength(
    limits.logLinesOfAllMax,
  );
});
