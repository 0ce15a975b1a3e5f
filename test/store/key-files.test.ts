import { chmod, chown, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  formatKeyFile,
  KeyFileError,
  parseKeyFile,
  readKeyFile,
  writeKeyFile,
} from '../../src/node/key-files.ts';
import type { KeyFile, KeyFileCode } from '../../src/node/key-files.ts';

let directory: string;
let path: string;
const secretKey = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 3);
const key: KeyFile = { kind: 'node', name: 'alpha', secretKey };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tangaroa-key-'));
  path = join(directory, 'node.key');
});
afterEach(() => rm(directory, { recursive: true }));

async function codeOf(promise: Promise<unknown>): Promise<KeyFileCode | 'none'> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (error instanceof KeyFileError) return error.code;
    throw error;
  }
}

describe('key files', () => {
  test('round trip, with mode 0600', async () => {
    await writeKeyFile(path, key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(path, 'node')).toEqual(key);
  });

  test('every key survives its text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom('node', 'client'),
        fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,31}$/u),
        (secret, kind, name) => {
          const value: KeyFile = { kind, name, secretKey: secret };
          expect(parseKeyFile(formatKeyFile(value))).toEqual({ ok: true, key: value });
        },
      ),
    );
  });

  test('any changed character is noticed', () => {
    const text = formatKeyFile(key);
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.constantFrom(...'0f9azq -'), (at, character) => {
        fc.pre(text[at] !== character);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        expect(parseKeyFile(changed).ok).toBe(false);
      }),
    );
  });

  test('any truncation is noticed', () => {
    const text = formatKeyFile(key);
    for (let length = 0; length < text.length - 1; length++)
      expect(parseKeyFile(text.slice(0, length)).ok).toBe(false);
  });

  test('an existing key is never overwritten', async () => {
    await writeKeyFile(path, key);
    const before = await readFile(path, 'utf8');
    const other = { ...key, secretKey: new Uint8Array(32) };
    expect(await codeOf(writeKeyFile(path, other))).toBe('key-exists');
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  test('a link is not followed when a key is written', async () => {
    await symlink(join(directory, 'elsewhere'), path);
    expect(await codeOf(writeKeyFile(path, key))).toBe('key-exists');
  });

  test('a corrupted file is refused, without quoting it', async () => {
    await writeKeyFile(path, key);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/[0-9a-f]{4} /u, '0000 '));
    const failure = readKeyFile(path, 'node');
    await expect(failure).rejects.toThrow(/checksum/u);
    await expect(failure).rejects.not.toThrow(/[0-9a-f]{32}/u);
    expect(await codeOf(readKeyFile(path, 'node'))).toBe('key-corrupted');
  });

  test.each([0o644, 0o640, 0o660, 0o604, 0o700])('mode %o is refused', async (mode) => {
    await writeKeyFile(path, key);
    await chmod(path, mode);
    expect(await codeOf(readKeyFile(path, 'node'))).toBe('key-permissions');
  });

  test.each([0o600, 0o400])('mode %o is accepted', async (mode) => {
    await writeKeyFile(path, key);
    await chmod(path, mode);
    expect(await codeOf(readKeyFile(path, 'node'))).toBe('none');
  });

  test.skipIf(process.geteuid?.() !== 0)('a file of another user is refused', async () => {
    await writeKeyFile(path, key);
    await chown(path, 65_534, 65_534);
    expect(await codeOf(readKeyFile(path, 'node'))).toBe('key-owner');
  });

  test('missing, of the wrong kind, or no file at all', async () => {
    expect(await codeOf(readKeyFile(path, 'node'))).toBe('key-missing');
    await writeKeyFile(path, key);
    expect(await codeOf(readKeyFile(path, 'client'))).toBe('key-wrong-kind');
    await chmod(directory, 0o600);
    expect(await codeOf(readKeyFile(directory, 'node'))).toBe('key-corrupted');
    await chmod(directory, 0o700);
    expect(await codeOf(writeKeyFile(join(directory, 'none', 'x.key'), key))).toBe(
      'key-unwritable',
    );
  });

  test('a name that cannot stand in the header is our own bug', () => {
    expect(() => formatKeyFile({ ...key, name: 'two words' })).toThrow(RangeError);
    expect(() => formatKeyFile({ ...key, secretKey: new Uint8Array(31) })).toThrow(RangeError);
  });
});
