import { hashChain } from '../../src/consensus/model/entry.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/base/bytes.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { portableEd25519 } from '../../src/crypto/ed25519.ts';
import { createDataDirectory, openDataDirectory } from '../../src/node/data-directory.ts';
import { DiskError, diskError } from '../../src/node/disk-error.ts';
import type { DiskErrorCode } from '../../src/node/disk-error.ts';
import { KeyFileError } from '../../src/node/key-files.ts';
import type { KeyFileCode } from '../../src/node/key-files.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { makeGenesis } from '../../src/wire/genesis.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import { nodeName, testSecretKey } from '../fixtures-crypto.ts';
import { NOTHING_APPLIED } from './fixtures.ts';

const deps = { digest: portableDigest, publicKey: portableEd25519.publicKey };

function genesisNamed(name: string): Genesis {
  const voters = [0, 1, 2, 3].map((i) => ({
    id: nodeName(i),
    publicKey: toHex(portableEd25519.publicKey(testSecretKey(i))),
    address: `127.0.0.1:${7000 + i}`,
  }));
  return makeGenesis(
    {
      protocol: 'tangaroa',
      name,
      nonce: 'ab'.repeat(32),
      createdMs: 1_000,
      voters,
      clients: [],
      parameters: DEFAULT_PARAMETERS,
    },
    portableDigest,
  );
}

const genesis = genesisNamed('one');
const content = { genesis, name: nodeName(0), secretKey: testSecretKey(0) };
let parent: string;
let path: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tangaroa-data-'));
  path = join(parent, 'n00');
});
afterEach(() => rm(parent, { recursive: true }));

async function codeOf(promise: Promise<unknown>): Promise<DiskErrorCode | KeyFileCode | 'none'> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (error instanceof DiskError || error instanceof KeyFileError) return error.code;
    throw error;
  }
}

describe('the data directory', () => {
  test('what was made is opened, and opened again', async () => {
    await createDataDirectory(path, content);
    expect((await stat(join(path, 'node.key'))).mode & 0o777).toBe(0o600);
    for (let round = 0; round < 2; round++) {
      await using directory = await openDataDirectory(path, deps);
      expect(directory.self).toBe('n00');
      expect(directory.genesis).toEqual(genesis);
      expect(directory.secretKey).toEqual(testSecretKey(0));
      await openLevelLog(directory.log, {
        genesis: genesis.entry,
        applied: NOTHING_APPLIED,
        context: {
          clusterId: genesis.clusterId,
          digest: portableDigest,
          naming: hashChain(portableDigest),
        },
        owner: { id: directory.self, publicKey: directory.publicKey },
        mark: directory.mark,
      });
    }
  });

  test('an existing directory is not made again', async () => {
    await createDataDirectory(path, content);
    expect(await codeOf(createDataDirectory(path, content))).toBe('data-exists');
  });

  test('missing, or not a directory', async () => {
    expect(await codeOf(openDataDirectory(path, deps))).toBe('data-missing');
    expect(await codeOf(createDataDirectory(join(path, 'deeper'), content))).toBe('data-missing');
    await writeFile(path, '');
    expect(await codeOf(openDataDirectory(path, deps))).toBe('data-not-a-directory');
    await rm(path);
    await mkdir(path);
    await expect(openDataDirectory(path, deps)).rejects.toThrow(
      /genesis\.json: does not exist\. .*copy it from another/u,
    );
  });

  test('a second opening finds it locked, and frees nothing', async () => {
    await createDataDirectory(path, content);
    await using first = await openDataDirectory(path, deps);
    expect(await codeOf(openDataDirectory(path, deps))).toBe('data-locked');
    await first.log.put(Uint8Array.of(1), Uint8Array.of(1));
  });

  test('another process finds it locked', async () => {
    await createDataDirectory(path, content);
    const program = `
      const { ClassicLevel } = await import('classic-level');
      await new ClassicLevel(process.argv[1]).open();
      console.log('open');
      setInterval(() => {}, 1000);`;
    const other = spawn(
      process.execPath,
      ['--input-type=module', '-e', program, join(path, 'log')],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(other.stdout, 'data');
    await expect(openDataDirectory(path, deps)).rejects.toThrow(/in use by another process/u);
    other.kill();
    await once(other, 'exit');
    expect(await codeOf(openDataDirectory(path, deps).then((d) => d.close()))).toBe('none');
  });

  test('a genesis that does not match the log', async () => {
    await createDataDirectory(path, content);
    const openWith = async (other: Genesis): Promise<void> => {
      await using directory = await openDataDirectory(path, deps);
      await openLevelLog(directory.log, {
        genesis: other.entry,
        applied: NOTHING_APPLIED,
        context: {
          clusterId: other.clusterId,
          digest: portableDigest,
          naming: hashChain(portableDigest),
        },
        owner: { id: directory.self, publicKey: directory.publicKey },
        mark: directory.mark,
      });
    };
    await openWith(genesis);
    await expect(openWith(genesisNamed('two'))).rejects.toMatchObject({ code: 'genesis-mismatch' });
  });

  test('a genesis document that is none', async () => {
    await createDataDirectory(path, content);
    const file = join(path, 'genesis.json');
    const text = await readFile(file, 'utf8');
    for (const bad of ['', '{}', text.slice(0, -40), text.replace('"127.0.0.1:7001"', '7')]) {
      await writeFile(file, bad);
      expect(await codeOf(openDataDirectory(path, deps))).toBe('genesis-invalid');
    }
    await writeFile(file, ' '.repeat(300_000));
    expect(await codeOf(openDataDirectory(path, deps))).toBe('genesis-invalid');
  });

  test('a key of another node, or of another cluster', async () => {
    await createDataDirectory(path, { ...content, secretKey: testSecretKey(1) });
    expect(await codeOf(openDataDirectory(path, deps))).toBe('key-not-listed');
    await rm(path, { recursive: true });
    await createDataDirectory(path, { ...content, name: nodeName(9) });
    expect(await codeOf(openDataDirectory(path, deps))).toBe('key-not-listed');
  });

  test('a corrupted or readable key file', async () => {
    await createDataDirectory(path, content);
    await chmod(join(path, 'node.key'), 0o644);
    expect(await codeOf(openDataDirectory(path, deps))).toBe('key-permissions');
    await chmod(join(path, 'node.key'), 0o600);
    await writeFile(join(path, 'node.key'), 'tangaroa-key 1 node n00\nrubbish\n');
    expect(await codeOf(openDataDirectory(path, deps))).toBe('key-corrupted');
  });

  test('a damaged database', async () => {
    await createDataDirectory(path, content);
    await (await openDataDirectory(path, deps)).close();
    await writeFile(join(path, 'state', 'CURRENT'), 'rubbish');
    await expect(openDataDirectory(path, deps)).rejects.toThrow(/CURRENT: .*delete its directory/u);
    // The log that was open already is not left locked.
    await writeFile(join(path, 'log', 'CURRENT'), 'rubbish');
    await expect(openDataDirectory(path, deps)).rejects.toThrow(
      /CURRENT: .*leave this node stopped/u,
    );
  });

  test('D1: a database whose manifest is gone is damaged, not merely unusable', async () => {
    await createDataDirectory(path, content);
    await (await openDataDirectory(path, deps)).close();
    for (const name of await readdir(join(path, 'log')))
      if (name.startsWith('MANIFEST')) await rm(join(path, 'log', name));
    const opening = openDataDirectory(path, deps);
    await expect(opening).rejects.toMatchObject({ code: 'data-damaged' });
    await expect(opening).rejects.toThrow(/MANIFEST-\d+: is missing\. .*leave this node stopped/u);
  });

  test('a damaged state is found, and made again when it is deleted', async () => {
    await createDataDirectory(path, content);
    {
      await using directory = await openDataDirectory(path, deps);
      for (let i = 0; i < 200; i++)
        await directory.state.put(utf8(`key ${i}`), new Uint8Array(100).fill(i));
    }
    // Opened again, LevelDB makes a table of its write-ahead log.
    await (await openDataDirectory(path, deps)).close();
    const [table] = (await readdir(join(path, 'state'))).filter((name) => name.endsWith('.ldb'));
    await using file = await openFile(join(path, 'state', table!), 'r+');
    await file.write('XXXXXXXX', 500);
    const opening = openDataDirectory(path, deps);
    await expect(opening).rejects.toMatchObject({ code: 'data-damaged' });
    await expect(opening).rejects.toThrow(/ldb: is not what was written .*delete its directory/u);
    await rm(join(path, 'state'), { recursive: true });
    await (await openDataDirectory(path, deps)).close();
  });

  test.skipIf(process.geteuid?.() === 0)('a directory that is not writable', async () => {
    await createDataDirectory(path, content);
    await chmod(path, 0o500);
    expect(await codeOf(openDataDirectory(path, deps))).toBe('data-not-writable');
    await chmod(path, 0o700);
  });
});

describe('errors of the disk', () => {
  /** As Node and classic-level throw them. */
  const withCode = (code: string, message = code, cause?: Error): Error =>
    Object.assign(new Error(message, { cause }), { code });
  const opening = (cause: Error): Error =>
    withCode('LEVEL_DATABASE_NOT_OPEN', 'Database failed to open', cause);

  test.each<[DiskErrorCode, Error]>([
    ['disk-full', withCode('ENOSPC')],
    ['disk-full', withCode('LEVEL_IO_ERROR', 'IO error: log/000003.log: No space left on device')],
    ['data-read-only', withCode('EROFS')],
    [
      'data-read-only',
      opening(withCode('LEVEL_IO_ERROR', 'IO error: LOCK: Read-only file system')),
    ],
    ['data-not-writable', withCode('EACCES')],
    ['data-not-writable', opening(withCode('LEVEL_IO_ERROR', 'IO error: LOCK: Permission denied'))],
    ['data-locked', opening(withCode('LEVEL_LOCKED', 'IO error: lock LOCK: already held'))],
    ['data-damaged', opening(withCode('LEVEL_CORRUPTION', 'Corruption: bad record'))],
    ['disk-failed', withCode('EIO', 'EIO: i/o error, write')],
  ])('%s: %s', (code, error) => {
    const described = diskError('/data/n1', error);
    expect(described.code).toBe(code);
    expect(described.message).toMatch(/^\/data\/n1: .+\(.+\)$/u);
    expect(described.cause).toBe(error);
  });
});
