/**
 * A node's directory:
 *
 *     genesis.json   the cluster's genesis document
 *     node.key       this node's secret key, mode 0600
 *     log/           the durable log, every write synced
 *     state/         the machine's state, not synced: it is made again from the log
 *     promised       how many writes to the log were synced, so that a lost end of it is noticed
 *
 * LevelDB's lock on `log/` keeps a second process out.
 */
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { equalBytes } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { Digest, NodeId, PublicKey } from '../consensus/model/ids.ts';
import { formatGenesis, parseGenesis } from '../wire/genesis.ts';
import type { Genesis } from '../wire/genesis.ts';
import { damagedPart, databaseError, DiskError, diskError } from './disk-error.ts';
import type { Part } from './disk-error.ts';
import { errorCodes } from './error-code.ts';
import { KeyFileError, readKeyFile, writeKeyFile } from './key-files.ts';
import { findFileDamage } from './level-check.ts';
import { FileMark } from './log-mark.ts';
import type { LogMark } from './log-mark.ts';

const GENESIS = 'genesis.json';
const KEY = 'node.key';
const MARK = 'promised';

type Database = ClassicLevel<Uint8Array, Uint8Array>;

export interface DataDirectory extends AsyncDisposable {
  readonly path: string;
  readonly genesis: Genesis;
  readonly self: NodeId;
  readonly publicKey: PublicKey;
  /** 32 bytes (RFC 8032). */
  readonly secretKey: Uint8Array;
  readonly log: Database;
  readonly mark: LogMark;
  readonly state: Database;
  /** Closes what is open still, and so lets go of the lock. */
  close(): Promise<void>;
}

export interface DataDirectoryDeps {
  readonly digest: Digest;
  readonly publicKey: (secretKey: Uint8Array) => PublicKey;
}

/**
 * Makes the directory of a new node. Its parent must exist; the directory must not.
 *
 * @throws DiskError, KeyFileError
 */
export async function createDataDirectory(
  path: string,
  content: {
    readonly genesis: Genesis;
    readonly name: NodeId;
    readonly secretKey: Uint8Array;
  },
): Promise<void> {
  const { genesis, name, secretKey } = content;
  try {
    await mkdir(path, { mode: 0o700 });
    await writeSynced(join(path, GENESIS), formatGenesis(genesis.document));
    await writeKeyFile(join(path, KEY), { kind: 'node', name, secretKey });
    await syncDirectory(path);
  } catch (error) {
    throw error instanceof KeyFileError ? error : diskError(path, error);
  }
}

/**
 * Opens the directory of a node and locks it.
 *
 * @throws DiskError, KeyFileError
 */
export async function openDataDirectory(
  path: string,
  deps: DataDirectoryDeps,
): Promise<DataDirectory> {
  await checkDirectory(path);
  const genesis = await readGenesis(join(path, GENESIS), deps.digest);
  const { name, secretKey } = await readKeyFile(join(path, KEY), 'node');
  const publicKey = deps.publicKey(secretKey);
  const self = listedAs(join(path, KEY), name, publicKey, genesis);
  const log = await openDatabase(path, 'log');
  let mark: FileMark | null = null;
  let state: Database;
  try {
    mark = openMark(join(path, MARK));
    state = await openDatabase(path, 'state');
  } catch (error) {
    mark?.close();
    await log.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    // The log last: its lock stands for the whole directory.
    await state.close();
    mark.close();
    await log.close();
  };
  const identity = { self, publicKey, secretKey };
  return { path, genesis, ...identity, log, mark, state, close, [Symbol.asyncDispose]: close };
}

function openMark(path: string): FileMark {
  try {
    return FileMark.open(path);
  } catch (error) {
    throw diskError(path, error);
  }
}

async function checkDirectory(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory())
      throw new DiskError('data-not-a-directory', path, 'is not a directory');
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw diskError(path, error);
  }
}

const SAME_EVERYWHERE = 'It is the same on all nodes: copy it from another one';

async function readGenesis(path: string, digest: Digest): Promise<Genesis> {
  let text: string;
  try {
    if ((await stat(path)).size > limits.genesisBytesMax)
      throw new DiskError('genesis-invalid', path, 'is too large for a genesis document');
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodes(error).includes('ENOENT'))
      throw new DiskError('data-missing', path, `does not exist. ${SAME_EVERYWHERE}`, error);
    throw diskError(path, error);
  }
  const parsed = parseGenesis(text, digest);
  if (parsed.ok) return parsed.genesis;
  throw new DiskError(
    'genesis-invalid',
    path,
    `is no genesis document: ${parsed.reason}. ${SAME_EVERYWHERE}`,
  );
}

/** The key must be the one that the genesis document lists under its name. */
function listedAs(path: string, name: string, publicKey: PublicKey, genesis: Genesis): NodeId {
  const member = genesis.configuration.members.find(({ id }) => id === name);
  if (member !== undefined && equalBytes(member.publicKey, publicKey)) return member.id;
  const reason =
    member === undefined
      ? `is the key of node '${name}', which the genesis document does not list`
      : `is not the key that the genesis document lists for node '${name}'`;
  throw new DiskError('key-not-listed', path, `${reason}. Is it of another cluster?`);
}

async function openDatabase(directory: string, part: Part): Promise<Database> {
  const path = join(directory, part);
  await checkDatabase(path, part);
  const database: Database = new ClassicLevel(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    // Tables of the state overlap: fewer and larger ones are merged less often. Those of the log hardly do.
    ...(part === 'state' ? { writeBufferSize: limits.stateBufferBytes } : {}),
  });
  try {
    await database.open();
    return database;
  } catch (error) {
    throw databaseError(part, path, error);
  }
}

/** Before it is opened: LevelDB leaves out what it cannot read, and then deletes it. */
async function checkDatabase(path: string, part: Part): Promise<void> {
  try {
    const damage = await findFileDamage(path);
    if (damage === null) return;
    // Files come and go under a process that has the database open; opening it tells that it is locked.
    const again = await findFileDamage(path);
    if (again?.file === damage.file && again.reason === damage.reason)
      throw damagedPart(part, damage.file, again.reason);
  } catch (error) {
    throw databaseError(part, path, error);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o644);
  await file.writeFile(text);
  await file.sync();
}

/** A new file is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  // Windows opens no directories; its file system journals them.
  if (process.platform === 'win32') return;
  await using directory = await open(path, 'r');
  await directory.sync();
}
