/**
 * Ed25519 secret keys in files: two lines of text, a checksum against corruption, mode 0600.
 *
 *     tangaroa-key 1 node alpha
 *     <64 hexadecimal characters of the secret> <16 of the checksum>
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fromHex, toHex } from '../base/bytes.ts';
import { errorCode } from './error-code.ts';

export type KeyKind = 'node' | 'client';

export interface KeyFile {
  readonly kind: KeyKind;
  /** A node's id or a client's name: 1 to 32 characters of `a-z 0-9 - _ .`. */
  readonly name: string;
  /** 32 bytes (RFC 8032, the seed). */
  readonly secretKey: Uint8Array;
}

export type KeyFileCode =
  | 'key-missing'
  | 'key-exists'
  | 'key-corrupted'
  | 'key-wrong-kind'
  | 'key-permissions'
  | 'key-owner'
  | 'key-unreadable'
  | 'key-unwritable';

/** Says what is wrong with which file, and what to do. Never holds any part of the secret. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly code: KeyFileCode;
  readonly path: string;

  constructor(code: KeyFileCode, path: string, message: string, cause?: unknown) {
    super(`key file ${path}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}

/** A key file is about 130 bytes; what is larger is something else and is not read. */
const KEY_FILE_BYTES_MAX = 1_024;
const HEADER = /^tangaroa-key 1 (node|client) ([a-z0-9][a-z0-9._-]{0,31})$/u;
const SECRET = /^([0-9a-f]{64}) ([0-9a-f]{16})$/u;

function checksum(header: string, secretKey: Uint8Array): string {
  return createHash('sha256')
    .update(header)
    .update('\n')
    .update(secretKey)
    .digest('hex')
    .slice(0, 16);
}

/** The text of a key file. */
export function formatKeyFile(key: KeyFile): string {
  const header = `tangaroa-key 1 ${key.kind} ${key.name}`;
  if (!HEADER.test(header)) throw new RangeError(`not a name for a key: '${key.name}'`);
  if (key.secretKey.length !== 32) throw new RangeError('a secret key has 32 bytes');
  return `${header}\n${toHex(key.secretKey)} ${checksum(header, key.secretKey)}\n`;
}

/** The key in `text`, or what is wrong with the text (without quoting it). */
export function parseKeyFile(
  text: string,
): { readonly ok: true; readonly key: KeyFile } | { readonly ok: false; readonly reason: string } {
  const lines = text.split(/\r?\n/u);
  if (lines.at(-1) === '') lines.pop();
  const [header = '', body = ''] = lines;
  const head = HEADER.exec(header);
  if (head === null)
    return { ok: false, reason: "the first line is not 'tangaroa-key 1 <node|client> <name>'" };
  const parts = SECRET.exec(body);
  if (parts === null || lines.length !== 2)
    return { ok: false, reason: 'the second line is not a 32-byte secret and its checksum' };
  const secretKey = fromHex(parts[1] as string) as Uint8Array;
  if (checksum(header, secretKey) !== parts[2])
    return { ok: false, reason: 'the checksum does not match: the file was changed or damaged' };
  return { ok: true, key: { kind: head[1] as KeyKind, name: head[2] as string, secretKey } };
}

/**
 * Writes a new key file with mode 0600, synced.
 *
 * @throws KeyFileError `key-exists`, `key-unwritable`
 */
export async function writeKeyFile(path: string, key: KeyFile): Promise<void> {
  const text = formatKeyFile(key);
  try {
    // O_EXCL: an existing key is never overwritten, nor is a link followed.
    await using file = await open(path, 'wx', 0o600);
    // The mode given to open is narrowed by the umask only; what the file system made of it is set right here.
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new KeyFileError(
        'key-exists',
        path,
        'exists already; a key is never overwritten',
        error,
      );
    throw new KeyFileError(
      'key-unwritable',
      path,
      `cannot be written (${errorCode(error)})`,
      error,
    );
  }
}

/**
 * Reads a key file that only its owner can read.
 *
 * @throws KeyFileError every code but `key-exists` and `key-unwritable`
 */
export async function readKeyFile(path: string, kind: KeyKind): Promise<KeyFile> {
  await using file = await openForReading(path);
  // The open file is judged, not the path, so nobody can swap one for the other in between.
  const stats = await file.stat();
  refuseUnlessPrivate(path, stats);
  if (!stats.isFile() || stats.size > KEY_FILE_BYTES_MAX)
    throw new KeyFileError('key-corrupted', path, 'is not a key file');
  const parsed = parseKeyFile(await file.readFile('utf8'));
  if (!parsed.ok)
    throw new KeyFileError(
      'key-corrupted',
      path,
      `${parsed.reason}. Restore it from a backup; a node without its key must stay stopped, as no other key can take its place yet`,
    );
  if (parsed.key.kind !== kind)
    throw new KeyFileError(
      'key-wrong-kind',
      path,
      `holds the key of a ${parsed.key.kind}, wanted that of a ${kind}`,
    );
  return parsed.key;
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK a named pipe would wait for a writer for ever.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      throw new KeyFileError('key-missing', path, 'does not exist', error);
    throw new KeyFileError('key-unreadable', path, `cannot be read (${errorCode(error)})`, error);
  }
}

function refuseUnlessPrivate(path: string, stats: Stats): void {
  const user = process.geteuid?.();
  // Windows has neither owners nor modes of this kind.
  if (user === undefined) return;
  if (stats.uid !== user)
    throw new KeyFileError(
      'key-owner',
      path,
      `belongs to user ${stats.uid}, this process runs as user ${user}; chown it`,
    );
  if ((stats.mode & 0o177) !== 0)
    throw new KeyFileError(
      'key-permissions',
      path,
      `has mode 0${(stats.mode & 0o777).toString(8)}, so others may read it; run: chmod 600 ${path}`,
    );
}
