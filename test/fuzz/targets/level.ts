/** LevelDB's files as a node reads them before it opens a database, and the database that is opened then. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { concatBytes } from '../../../src/base/bytes.ts';
import { LevelFormatError, LevelReader, unpackSnappy } from '../../../src/node/level-bytes.ts';
import { findFileDamage } from '../../../src/node/level-check.ts';
import { maskedCrc } from '../../../src/node/level-crc.ts';
import { readJournal, writesOf } from '../../../src/node/level-journal.ts';
import { readManifest } from '../../../src/node/level-manifest.ts';
import { checkTable } from '../../../src/node/level-table.ts';
import { LazyDirectory } from '../lazy-directory.ts';
import { decodeSteps, encodeSteps } from '../steps.ts';
import type { Step } from '../steps.ts';
import { Broken, nothingToClose } from '../target.ts';
import type { Mutation, Target, Verdict } from '../target.ts';
import { checkReason } from './codec.ts';

const OPEN = { keyEncoding: 'view', valueEncoding: 'view' } as const;
type Database = ClassicLevel<Uint8Array, Uint8Array>;

function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i % 7 === 0 ? seed : (i * seed) >> 3));
}

/** Files of a small real database: tables, two write-ahead logs' worth of writes, a manifest of several edits. */
async function makeFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const directory = mkdtempSync(join(tmpdir(), 'tangaroa-fuzz-level-'));
  try {
    for (let life = 0; life < 3; life++) {
      const database: Database = new ClassicLevel(directory, OPEN);
      for (let i = 0; i < 60; i++)
        await database.put(Uint8Array.of(life, i), bytesOf(20 + 5 * i, i + life), {
          sync: i % 20 === 0,
        });
      await database.put(Uint8Array.of(9, life), bytesOf(40_000, 3));
      if (life === 1) await database.compactRange(Uint8Array.of(0), Uint8Array.of(255));
      await database.close();
    }
    const names = readdirSync(directory).filter((name) => !/^LO(?:G|CK)/u.test(name));
    return new Map(
      names.map((name) => [name, new Uint8Array(readFileSync(join(directory, name)))]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

let made: Promise<ReadonlyMap<string, Uint8Array>> | null = null;

function files(): Promise<ReadonlyMap<string, Uint8Array>> {
  made ??= makeFiles();
  return made;
}

async function filesLike(pattern: RegExp): Promise<readonly Uint8Array[]> {
  return [...(await files())].filter(([name]) => pattern.test(name)).map(([, bytes]) => bytes);
}

function formatOr(read: () => Verdict): Verdict {
  try {
    return read();
  } catch (error) {
    if (error instanceof LevelFormatError) return checkReason(error.message);
    throw error;
  }
}

/** Writes the checksum of a block of a journal anew, wherever its header says that it ends. */
export const resealJournal: Mutation = (input) => {
  const bytes = Uint8Array.from(input);
  const view = new DataView(bytes.buffer);
  for (let start = 0; start < bytes.length; start += 32_768)
    for (let at = start; at + 7 <= Math.min(bytes.length, start + 32_768);) {
      const end = at + 7 + view.getUint16(at + 4, true);
      if (end > bytes.length || end === at + 7) break;
      view.setUint32(at, maskedCrc(bytes.subarray(at + 6, end)), true);
      at = end;
    }
  return bytes;
};

/** A changed index, or a changed table whose index says what there is, under true checksums. */
const resealTable: Mutation = (input) => {
  if (input.length < 60) return null;
  const bytes = Uint8Array.from(input);
  const view = new DataView(bytes.buffer);
  try {
    const reader = new LevelReader(bytes.subarray(-48));
    for (let handles = 0; handles < 2; handles++) {
      const [offset, size] = [reader.varint(), reader.varint()];
      if (offset + size + 5 > bytes.length) continue;
      const end = offset + size + 1;
      view.setUint32(end, maskedCrc(bytes.subarray(offset, end)), true);
    }
  } catch (error) {
    if (error instanceof LevelFormatError) return null;
    throw error;
  }
  return bytes;
};

/** A block, its compression, and its true checksum. */
function block(content: Uint8Array, compression: number): Uint8Array {
  const checked = concatBytes(content, Uint8Array.of(compression));
  const sum = new Uint8Array(4);
  new DataView(sum.buffer).setUint32(0, maskedCrc(checked), true);
  return concatBytes(checked, sum);
}

const NO_ENTRIES = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0);

/** A table of these blocks, of which the last but one is the index of filters and the last that of data. */
function tableOf(
  blocks: readonly (readonly [content: Uint8Array, compression: number])[],
): Uint8Array {
  const footer = new Uint8Array(48);
  const handles: number[] = [];
  let at = 0;
  for (const [i, [content]] of blocks.entries()) {
    if (i >= blocks.length - 2) handles.push(...varint(at), ...varint(content.length));
    at += content.length + 5;
  }
  footer.set(handles);
  footer.set([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb], 40);
  return concatBytes(
    ...blocks.map(([content, compression]) => block(content, compression)),
    footer,
  );
}

/** An index that names the first block so many times. */
function namingOften(size: number, times: number): Uint8Array {
  const handle = [...varint(0), ...varint(size)];
  const entry = [0, 0, handle.length, ...handle];
  return Uint8Array.from([
    ...Array.from({ length: times }, () => entry).flat(),
    0,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
  ]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

/** What unpacks to at most so many times its length is what Snappy can say; more is memory for nothing. */
function unpackingBytes(inputBytes: number): number {
  return 524_288 + 512 * inputBytes;
}

function journals(): Target {
  return {
    name: 'level-journals',
    takes: 'write-ahead logs and manifests: `readJournal`, `writesOf`, `readManifest`',
    holds: 'LevelFormatError with a reason, or records',
    shape: 'bytes',
    seeds: () => filesLike(/^MANIFEST|\.log$/u),
    mutations: [resealJournal],
    run: (input) =>
      formatOr(() => {
        const { records, whole } = readJournal(input);
        const manifest = formatOr(() => `${readManifest(records).tables.size > 0} tables`);
        const writes = formatOr(() => `${records.map(writesOf).length > 0} writes`);
        return `${whole} ${manifest} ${writes}`;
      }),
    keeps: null,
    allocates: (inputBytes) => 2 * unpackingBytes(inputBytes),
    testCases: 400,
    close: nothingToClose,
  };
}

function tables(): Target {
  return {
    name: 'level-tables',
    takes: 'tables: `checkTable`',
    holds: 'LevelFormatError with a reason, or nothing to say',
    shape: 'bytes',
    seeds: async () => [
      ...(await filesLike(/\.ldb$/u)),
      tableOf([
        [NO_ENTRIES, 0],
        [NO_ENTRIES, 0],
      ]),
      // More unpacked than five bytes can say; more restarts than there is room for.
      tableOf([
        [NO_ENTRIES, 0],
        [Uint8Array.of(0x80, 0x80, 0x80, 0x20, 0), 1],
      ]),
      tableOf([
        [NO_ENTRIES, 0],
        [Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255), 0],
      ]),
      // One block that is read again and again.
      tableOf([
        [new Uint8Array(200_000), 0],
        [namingOften(200_000, 20_000), 0],
        [NO_ENTRIES, 0],
      ]),
    ],
    mutations: [resealTable],
    run: (input) =>
      formatOr(() => {
        checkTable(input);
        return 'whole';
      }),
    keeps: null,
    allocates: unpackingBytes,
    testCases: 300,
    close: nothingToClose,
  };
}

function snappy(): Target {
  return {
    name: 'snappy',
    takes: 'compressed blocks: `unpackSnappy`',
    holds: 'LevelFormatError with a reason, or what was packed',
    shape: 'bytes',
    seeds: () => [
      Uint8Array.of(0),
      Uint8Array.of(3, 8, 1, 2, 3),
      Uint8Array.of(10, 8, 1, 2, 3, 9, 3),
      Uint8Array.of(64, 0, 7, 0xfe, 1, 0),
      Uint8Array.of(0x80, 0x80, 0x80, 0x20, 0),
      concatBytes(Uint8Array.of(100, 0xf0, 99), bytesOf(100, 5)),
    ],
    mutations: [],
    run: (input) => formatOr(() => `${unpackSnappy(input).length > 0}`),
    keeps: null,
    allocates: unpackingBytes,
    testCases: 3_000,
    close: nothingToClose,
  };
}

/** Each step is a file: `who` says which, the bytes what is in it. */
const NAMES = [
  'CURRENT',
  'MANIFEST-000002',
  '000003.log',
  '000005.ldb',
  '000007.log',
  '000008.ldb',
];

async function readAllOf(directory: string): Promise<Verdict> {
  const database: Database = new ClassicLevel(directory, OPEN);
  try {
    await database.open({ createIfMissing: false });
    let bytes = 0;
    for await (const [key, value] of database.iterator({ limit: 500 }))
      bytes += key.length + value.length;
    return bytes > 0 ? 'opens' : 'opens empty';
  } catch (error) {
    // What LevelDB itself refuses stops the node with its words.
    if (error instanceof Error && 'code' in error) return `LevelDB refuses: ${String(error.code)}`;
    throw error;
  } finally {
    await database.close();
  }
}

function directories(): Target {
  const root = new LazyDirectory('files');
  let names: readonly string[] = NAMES;
  return {
    name: 'level-directories',
    takes: 'whole databases: `findFileDamage`, and where it finds none, LevelDB itself (native)',
    holds:
      'a named file with a reason, or a database that opens and reads to its end or refuses in words',
    shape: 'steps',
    seeds: async () => {
      const all = [...(await files())];
      names = all.map(([name]) => name);
      const steps = all.map(([, bytes], who): Step => ({ kind: 0, who, bytes }));
      return [encodeSteps(steps), ...steps.map((_, i) => encodeSteps(steps.toSpliced(i, 1)))];
    },
    mutations: [
      (input, random) => {
        const steps = [...decodeSteps(input)];
        const at = random.below(steps.length);
        const step = steps[at];
        if (step === undefined) return null;
        const name = names[step.who % names.length] ?? '';
        const reseal = name.endsWith('.ldb') ? resealTable : resealJournal;
        const bytes = reseal(step.bytes, random, () => step.bytes);
        return bytes === null ? null : encodeSteps(steps.with(at, { ...step, bytes }));
      },
    ],
    run: async (input) => {
      const directory = mkdtempSync(join(root.path, 'case-'));
      try {
        for (const { who, bytes } of decodeSteps(input).slice(0, 16))
          writeFileSync(join(directory, names[who % names.length] ?? 'CURRENT'), bytes);
        const damage = await findFileDamage(directory);
        if (damage !== null) {
          if (!damage.file.startsWith(directory)) throw new Broken('names a file of elsewhere');
          return checkReason(damage.reason);
        }
        return await readAllOf(directory);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
    keeps: null,
    allocates: null,
    testCases: 60,
    close: () => root.remove(),
  };
}

export const LEVEL_TARGETS: readonly (() => Target)[] = [journals, tables, snappy, directories];
