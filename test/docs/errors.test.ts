import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { RESULT_CODES } from '../../src/machine/result.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const page = read('docs/errors.md');

/** The codes in the tables below a heading. */
function documented(heading: string): string[] {
  const section = page.split(/^## /mu).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `([a-z-]+)`/gmu)].map((match) => match[1] ?? '').sort();
}

/** The literals of a union type, read from its source. */
function unionOf(path: string, type: string): string[] {
  const text = read(path).replace(/\/\*[\s\S]*?\*\//gu, '');
  const union = new RegExp(`export type ${type} =([^;]*);`, 'u').exec(text)?.[1] ?? '';
  return [...union.matchAll(/'([a-z-]+)'/gu)].map((match) => match[1] ?? '').sort();
}

test('docs/errors.md lists every exit code with its name', () => {
  const rows = [...page.matchAll(/^\| (\d+) +\| `([a-z-]+)`/gmu)];
  expect(Object.fromEntries(rows.map((row) => [row[2], Number(row[1])]))).toEqual(EXIT_CODES);
});

/** The codes that errors in these files are made with. */
function codesIn(...paths: readonly string[]): string[] {
  const codes = paths.flatMap((path) => [...read(path).matchAll(/code: '([a-z-]+)'/gu)]);
  return codes.map((match) => match[1] ?? '');
}

const EVIDENCE = codesIn(
  'src/cli/cluster/evidence-file.ts',
  'src/cli/cluster/evidence-pick.ts',
  'src/cli/commands/evidence-common.ts',
);
const FAULTS = /fault: ('[^;]*);/u.exec(read('src/client/evidence-proof.ts'))?.[1] ?? '';
const faults = [...FAULTS.matchAll(/'([a-z-]+)'/gu)].map((match) => match[1] ?? '');

test.each([
  ['Evidence', [...new Set([...EVIDENCE, ...faults])].sort()],
  ['Client library', unionOf('src/client/errors.ts', 'TangaroaErrorCode')],
  ['Results of commands', [...RESULT_CODES].sort()],
  ['Refusals', unionOf('src/consensus/model/message.ts', 'RefusalCode')],
  ['Handshakes', unionOf('src/consensus/model/handshake.ts', 'RejectCode')],
  [
    'Starting and running a node',
    [
      'damaged-log',
      'genesis-mismatch',
      ...unionOf('src/node/disk-error.ts', 'DiskErrorCode'),
      ...unionOf('src/host/failure.ts', 'HostFailureCode'),
      ...unionOf('src/node/key-files.ts', 'KeyFileCode'),
      ...unionOf('src/node/address.ts', 'ListenErrorCode'),
    ].sort(),
  ],
])('docs/errors.md lists every code of: %s', (heading, codes) => {
  expect(codes.length).toBeGreaterThan(3);
  expect(documented(heading)).toEqual(codes);
});
