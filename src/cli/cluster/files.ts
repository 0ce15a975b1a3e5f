/**
 * Where the files of a cluster lie, as `init` and `dev` make them:
 *
 *     genesis.json        what everybody shares
 *     <node id>/          the data directory of one node, to be moved to its machine
 *     clients/<name>.key  the clients' keys
 *     logs/<node id>.log  what the nodes of `dev` log
 */
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { limits } from '../../base/limits.ts';
import { portableDigest } from '../../crypto/digest.ts';
import { parseGenesis } from '../../wire/genesis.ts';
import type { Genesis } from '../../wire/genesis.ts';
import { CliError, isSystemError, systemError } from '../cli-error.ts';

export const GENESIS_FILE = 'genesis.json';
export const CLIENTS_DIRECTORY = 'clients';
/** Where `dev` writes the logs of its nodes. */
export const LOGS_DIRECTORY = 'logs';
export const KEY_SUFFIX = '.key';
const DEFAULT_CLIENT = 'writer';

export interface ClusterFiles {
  readonly directory: string;
  readonly genesisFile: string;
  readonly genesis: Genesis;
}

export function clientKeyFile(directory: string, name: string): string {
  return path.join(directory, CLIENTS_DIRECTORY, `${name}${KEY_SUFFIX}`);
}

export function nodeDirectory(directory: string, id: string): string {
  return path.join(directory, id);
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch (error) {
    // Whatever else is wrong with it, reading it will say.
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'EACCES')) return false;
    throw error;
  }
}

/** A path as the user would write it: relative where that is shorter. */
export function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' ? '.' : relative.startsWith('..') ? file : relative;
}

async function readGenesisText(file: string, shown: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > limits.genesisBytesMax)
      throw new CliError('damaged', `${shown} is no genesis document: it has ${size} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT'))
      throw new CliError('environment', `there is no cluster: ${shown} does not exist`, {
        code: 'no-cluster',
        hint: 'start one with tangaroa dev, or name another with --cluster',
        cause: error,
      });
    throw systemError(`read ${shown}`, error);
  }
}

/**
 * The cluster of `--cluster`: a directory, or its genesis document.
 *
 * @throws CliError `environment` where there is none, `damaged` where the document is none
 */
export async function findCluster(flag: string, cwd: string): Promise<ClusterFiles> {
  const given = path.resolve(cwd, flag);
  const isFile = existsSync(given) && !(await isDirectory(given));
  const genesisFile = isFile ? given : path.join(given, GENESIS_FILE);
  const shown = shownPath(genesisFile, cwd);
  const result = parseGenesis(await readGenesisText(genesisFile, shown), portableDigest);
  if (!result.ok)
    throw new CliError('damaged', `${shown} is no genesis document: ${result.reason}`, {
      code: 'bad-genesis',
      hint: 'restore it from a node: all have the same',
    });
  return { directory: path.dirname(genesisFile), genesisFile, genesis: result.genesis };
}

async function namesOfKeys(directory: string): Promise<readonly string[]> {
  try {
    const files = await readdir(path.join(directory, CLIENTS_DIRECTORY));
    return files
      .filter((file) => file.endsWith(KEY_SUFFIX))
      .map((file) => file.slice(0, -KEY_SUFFIX.length))
      .sort();
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return [];
    throw systemError(`read ${path.join(directory, CLIENTS_DIRECTORY)}`, error);
  }
}

/**
 * The key file of `--key`: a file, or a name in the cluster's clients directory. Without it the key named `writer`, or
 * the only one there is.
 *
 * @throws CliError `environment` saying which there are
 */
export async function findKey(
  flag: string | undefined,
  cluster: ClusterFiles,
  cwd: string,
): Promise<string> {
  const names = await namesOfKeys(cluster.directory);
  const clients = path.join(shownPath(cluster.directory, cwd), CLIENTS_DIRECTORY);
  const hint =
    names.length === 0
      ? 'name a key file with --key'
      : `name a file, or one of ${names.join(', ')}, with --key`;
  if (flag === undefined) {
    const name = names.includes(DEFAULT_CLIENT) ? DEFAULT_CLIENT : names[0];
    if (name !== undefined && (name === DEFAULT_CLIENT || names.length === 1))
      return clientKeyFile(cluster.directory, name);
    const what = names.length === 0 ? 'no client key' : `no client key '${DEFAULT_CLIENT}'`;
    throw new CliError('environment', `there is ${what} in ${clients}`, { code: 'no-key', hint });
  }
  if (names.includes(flag)) return clientKeyFile(cluster.directory, flag);
  const file = path.resolve(cwd, flag);
  if (existsSync(file)) return file;
  throw new CliError(
    'environment',
    `there is no client key ${flag}: neither a file nor in ${clients}`,
    {
      code: 'no-key',
      hint,
    },
  );
}
