/** `tangaroa evidence`, as far as no node is needed: files, tables, explanations. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { verifyFile } from '../../src/cli/cluster/evidence-file.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import type { EvidenceBody } from '../../src/consensus/model/message.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { readKeyFile } from '../../src/node/key-files.ts';
import { nativeDigest, nodeEd25519 } from '../../src/node/native-crypto.ts';
import { formatEvidenceLine } from '../../src/wire/evidence-file.ts';
import { parseGenesis } from '../../src/wire/genesis.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { contradict, signerOf } from '../true-evidence.ts';
import type { EvidencePlan } from '../true-evidence.ts';
import { fakeWorld, run } from './fake-world.ts';
import type { FakeOptions, Ran } from './fake-world.ts';

const CULPRIT = 'node3' as NodeId;
let cwd = '';
let genesis: Genesis;
let secretKey: Uint8Array;

beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'tangaroa-evidence-'));
  await run(['init', 'c'], { cwd });
  genesis = genesisOf('c');
  const keyFile = path.join(cwd, 'c', CULPRIT, 'node.key');
  ({ secretKey } = await readKeyFile(keyFile, 'node'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

function genesisOf(directory: string): Genesis {
  const text = readFileSync(path.join(cwd, directory, 'genesis.json'), 'utf8');
  const parsed = parseGenesis(text, nativeDigest);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.genesis;
}

function make(plan: EvidencePlan = {}): EvidenceBody {
  const { clusterId } = genesis;
  return contradict(
    CULPRIT,
    signerOf({ self: CULPRIT, secretKey, clusterId }, nodeEd25519()),
    plan,
  );
}

function lineOf(plan: EvidencePlan = {}, { clusterId } = genesis): string {
  return `${formatEvidenceLine(clusterId, make(plan), nativeDigest)}\n`;
}

function fieldsOf(line: string): Record<string, string> {
  return JSON.parse(line) as Record<string, string>;
}

/** A file of these lines. */
function fileOf(...lines: readonly (string | Buffer)[]): string {
  writeFileSync(
    path.join(cwd, 'file.jsonl'),
    Buffer.concat(lines.map((line) => Buffer.from(line))),
  );
  return 'file.jsonl';
}

function evidence(args: readonly string[], options: FakeOptions = {}): Promise<Ran> {
  return run(['evidence', ...args, '--cluster', 'c'], { cwd, ...options });
}

describe('verify', () => {
  test('says of each line what it proves', async () => {
    const [one, two] = [lineOf(), lineOf({ kind: 'append-entries-response', index: 5_000 })];
    const { code, out, err } = await evidence(['verify', fileOf(one, two)]);
    expect(code).toBe(0);
    const [first, second] = [one, two].map((line) => fieldsOf(line)['id']?.slice(0, 16));
    expect(out.split('\n')).toEqual([
      `line 1  holds: ${first} node3 signed two AppendEntries of epoch 0, term 7 with different entries at index 412`,
      `line 2  holds: ${second} node3 signed two AppendEntriesResponses of epoch 0, term 7 with different entries at index 5,000`,
      '',
    ]);
    expect(err).toBe(
      `lines that hold: 2 of 2, under the keys of tangaroa, cluster ${genesis.clusterId.slice(0, 16)}…\n`,
    );
  });

  test('as JSON, and of standard input', async () => {
    const line = lineOf();
    const { code, out, err } = await evidence(['verify', '-', '--json'], { stdin: `${line}{}\n` });
    const { id } = fieldsOf(line);
    expect(
      out
        .split('\n')
        .slice(0, 2)
        .map((text) => JSON.parse(text) as unknown),
    ).toEqual([
      {
        line: 1,
        ok: true,
        id,
        culprit: 'node3',
        epoch: '0',
        term: '7',
        kind: 'append-entries',
        index: '412',
      },
      { line: 2, ok: false, fault: 'unreadable', reason: 'field "tangaroa" is missing' },
    ]);
    expect([code, err]).toEqual([EXIT_CODES.input, '']);
  });

  test('takes a genesis document by itself', async () => {
    const args = ['evidence', 'verify', fileOf(lineOf()), '--cluster', 'c/genesis.json'];
    expect(await run(args, { cwd })).toMatchObject({ code: 0 });
  });

  test('takes what editors of other systems do to a file: line ends, a byte order mark', async () => {
    const two = [lineOf(), lineOf({ index: 413 })].map((line) => line.replace('\n', '\r\n'));
    const { code, err } = await evidence(['verify', fileOf('\ufeff', ...two)]);
    expect([code, err.split(',')[0]]).toEqual([0, 'lines that hold: 2 of 2']);
    // Before any other line it is what no file has.
    const { out } = await evidence(['verify', fileOf(two[0]!, '\ufeff', two[1]!)]);
    expect(out).toContain('line 2  cannot be read: not JSON: it begins with a byte order mark\n');
  });

  test('says that a file is in UTF-16, as some shells write what is sent to a file', async () => {
    const little = Buffer.from(`\ufeff${lineOf()}${lineOf()}`, 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big]) {
      const { code, out, err } = await evidence(['verify', fileOf(bytes)]);
      expect([code, out]).toEqual([EXIT_CODES.input, '']);
      expect(err).toContain('tangaroa: file.jsonl is encoded as UTF-16, and evidence as UTF-8');
      expect(err).toContain('iconv -f UTF-16 -t UTF-8');
    }
  });

  test('says that a file seems to be cut off, wherever its last line ends', async () => {
    const [whole, last] = [lineOf(), lineOf({ index: 413 })];
    for (const length of [1, 40, last.length - 3]) {
      const { code, out } = await evidence(['verify', fileOf(whole, last.slice(0, length))]);
      expect(code).toBe(EXIT_CODES.input);
      expect(out.split('\n')[1]).toBe(
        'line 2  cannot be read: not JSON: it ends before it is whole, and so does the file: ' +
          'it seems to be cut off, copy or export it again',
      );
    }
    // The newline alone is no loss, and a line that is followed by another was not cut with the file.
    expect((await evidence(['verify', fileOf(whole, last.slice(0, -1))])).code).toBe(0);
    const { out } = await evidence(['verify', fileOf(`${last.slice(0, 40)}\n`, whole)]);
    expect(out.split('\n')[0]).toBe('line 1  cannot be read: not JSON: it ends before it is whole');
  });

  test('has an exit code for each way in which a file may fail; the first line that fails decides', async () => {
    expect((await run(['init', 'other'], { cwd })).code).toBe(0);
    const foreign = lineOf({}, genesisOf('other'));
    const { bytes, ...rest } = fieldsOf(lineOf());
    const changed = Buffer.from(bytes ?? '', 'base64');
    changed[changed.length - 5]! ^= 1;
    const forged = `${JSON.stringify({ ...rest, bytes: changed.toString('base64') })}\n`;
    const cases = [
      [
        [lineOf(), forged, 'x\n'],
        'not-proven',
        'line 2  DOES NOT HOLD: bad append-entries signature of node3',
      ],
      [[foreign, forged], 'damaged', 'line 1  is not judged: it is of cluster'],
      [['{"tangaroa"\n', forged], 'input', 'line 1  cannot be read: not JSON'],
      [[`\n${lineOf()}`], 'input', 'line 1  cannot be read: not JSON'],
      [[Buffer.of(0xff, 0x0a)], 'input', 'line 1  cannot be read: not UTF-8'],
    ] as const;
    for (const [lines, exit, said] of cases) {
      const { code, out } = await evidence(['verify', fileOf(...lines)]);
      expect([code, out.includes(said)]).toEqual([EXIT_CODES[exit], true]);
    }
  });

  test('refuses an empty file, one that is not there, and a line beyond the bound', async () => {
    const empty = await evidence(['verify', fileOf()]);
    expect(empty).toMatchObject({ code: EXIT_CODES.input, out: '' });
    expect(empty.err).toBe('tangaroa: file.jsonl holds no evidence: it is empty\n');
    expect((await evidence(['verify', 'nowhere'])).code).toBe(EXIT_CODES.environment);
    const long = fileOf(lineOf(), 'x'.repeat(limits.evidenceLineBytesMax + 1));
    const { code, err } = await evidence(['verify', long]);
    expect(code).toBe(EXIT_CODES.input);
    expect(err).toContain(
      `file.jsonl:2: the line is longer than ${limits.evidenceLineBytesMax} bytes`,
    );
    expect(err).not.toContain('1 MiB');
  });

  test('reads no more of a file than any such file has', async () => {
    const line = Buffer.from(`${'x'.repeat(limits.evidenceLineBytesMax)}\n`);
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield await Promise.resolve(line);
    };
    const { world } = fakeWorld({ cwd });
    let lines = 0;
    const read = async (): Promise<void> => {
      const verdicts = verifyFile('-', genesis, { ...world, stdin: endless() });
      for await (const { verdict } of verdicts) if (!verdict.ok) lines++;
    };
    await expect(read()).rejects.toMatchObject({ exit: 'input', code: 'bad-evidence' });
    expect(lines).toBe(Math.floor(limits.evidenceFileBytesMax / line.length));
  });

  test('never prints what a terminal obeys', async () => {
    const fields = fieldsOf(lineOf());
    const hostile = `${JSON.stringify({ ...fields, term: '\u009b31m\u001b[2J' })}\n\u001b[2J\n`;
    const { out } = await evidence(['verify', fileOf(hostile)]);
    expect(out.split('\n')).toHaveLength(3);
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('show --file', () => {
  const show = (...args: readonly string[]) => evidence(['show', ...args, '--file', 'file.jsonl']);

  test('takes the beginning of an id, or none where there is only one', async () => {
    const lines = [lineOf(), lineOf({ index: 413 })];
    const ids = lines.map((line) => fieldsOf(line)['id'] ?? '') as [string, string];
    fileOf(...lines);
    const { code, out } = await show(ids[1].slice(0, 12).toUpperCase());
    expect(code).toBe(0);
    expect(out).toContain(`id:           ${ids[1]}\n`);
    expect(out).not.toContain('held by');
    const ambiguous = await show();
    expect(ambiguous.code).toBe(EXIT_CODES.usage);
    expect(ambiguous.err).toContain('file.jsonl holds 2 pieces of evidence; say which: ');
    const absent = ids.some((id) => id.startsWith('0')) ? 'ffffffff' : '0';
    expect(await show(absent)).toMatchObject({ code: EXIT_CODES['not-found'] });
    expect((await show('xyz')).code).toBe(EXIT_CODES.usage);
    fileOf(lines[0] as string);
    expect((await show()).out).toContain(ids[0]);
  });

  test('shows nothing of a file with a line that does not hold', async () => {
    fileOf(lineOf(), lineOf({}).replace('"term":"7"', '"term":"8"'));
    const shown = await show();
    expect(shown).toMatchObject({ code: EXIT_CODES['not-proven'], out: '' });
    expect(shown.err).toContain('file.jsonl:2: field "term" is "8", but its bytes say "7"');
  });

  test('as JSON, holds both statements whole', async () => {
    fileOf(lineOf({ above: 3 }));
    const { out } = await show('--json');
    expect(JSON.parse(out)).toMatchObject({
      culprit: 'node3',
      rules: ['N2', 'E6', 'V1'],
      statements: [
        {
          signer: 'node3',
          head: { index: '415' },
          sequence: '31',
          headers: [{ index: '412' }, {}, {}, {}],
        },
        { signer: 'node3', head: { index: '412' }, sequence: '32', headers: [] },
      ],
    });
  });

  test('--explain shows both sides, the links and the rules of the leader', async () => {
    const body = make({ above: 2 });
    const line = lineOf({ above: 2 });
    fileOf(line);
    const { out } = await show('--explain');
    const [left, right] = fieldsOf(line)['hashes'] as unknown as [string, string];
    const rows = out.split('\n');
    const row = (label: string): string => rows.find((text) => text.startsWith(label)) ?? '';
    expect(rows[0]).toBe(
      'node3 signed two AppendEntries of epoch 0, term 7 with different entries at index 412.',
    );
    expect(row('at the index')).toBe(
      `${'at the index'.padEnd(16)}${`${left.slice(0, 16)}…`.padEnd(40)}≠ ${right.slice(0, 16)}…`,
    );
    expect(row('signed by')).toMatch(/^signed by {7}node3 {35} {2}node3$/u);
    expect(row('sequence')).toMatch(/31 +~ 32$/u);
    expect(row('previous')).not.toMatch(/[≠~]/u);
    expect(row('head')).toMatch(/414 {2}[0-9a-f]{16}… +~ 412/u);
    // Each header with its hash, which is the next one's parent.
    for (const { parent } of body.first.headers.slice(1))
      expect(out.split(`${parent.slice(0, 16)}…`).length - 1).toBeGreaterThan(1);
    expect(out).toContain('The second statement names index 412 itself, as head.');
    for (const rule of ['N2', 'E6', 'V1']) expect(out).toContain(`\n  ${rule}  `);
    expect(Math.max(...rows.map((text) => text.length))).toBeLessThanOrEqual(100);
  });

  test('--explain shows those of a voter, and which of its positions contradict', async () => {
    fileOf(lineOf({ kind: 'append-entries-response' }));
    const { out } = await show('--explain');
    expect(out).toMatch(/^accepted +412 {2}[0-9a-f]{16}… +≠ 412 {2}[0-9a-f]{16}…$/mu);
    expect(out).toMatch(/^prepared +none +none$/mu);
    for (const rule of ['N3', 'V3', 'V1']) expect(out).toContain(`\n  ${rule}  `);
  });

  test('--explain leaves out the middle of a long chain, and fits the screen', async () => {
    fileOf(lineOf({ above: 200, index: 2 ** 53 - 400 }));
    const { out } = await show('--explain');
    expect(out).toContain('193 more');
    expect(out.split('\n').length).toBeLessThan(50);
    expect(Math.max(...out.split('\n').map((text) => text.length))).toBeLessThanOrEqual(100);
  });

  test('colours are for terminals alone', async () => {
    fileOf(lineOf());
    const args = ['show', '--file', 'file.jsonl', '--explain'];
    const [bare, coloured] = [await evidence(args), await evidence(args, { isTerminal: true })];
    expect(bare.out).not.toContain('\u001b');
    expect(coloured.out).toContain('\u001b[31m');
    expect(stripVTControlCharacters(coloured.out)).toBe(bare.out);
  });
});
