/** `tangaroa keys generate|show|check`. */
import path from 'node:path';
import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { toHex } from '../../base/bytes.ts';
import type { Epoch } from '../../consensus/model/ids.ts';
import { checkPublicKey } from '../../crypto/key.ts';
import { KeyFileError, readKeyFile, writeKeyFile } from '../../node/key-files.ts';
import type { KeyFile, KeyKind } from '../../node/key-files.ts';
import { nativeDigest, nodeEd25519 } from '../../node/native-crypto.ts';
import { randomBytes } from 'node:crypto';
import { deriveClientId } from '../../wire/configuration.ts';
import type { Genesis } from '../../wire/genesis.ts';
import { CliError } from '../cli-error.ts';
import { findCluster, shownPath } from '../cluster/files.ts';
import { jsonFlag } from '../flags.ts';
import type { JsonFlag } from '../flags.ts';
import { fromNodeError } from '../node-error.ts';
import { toJson } from '../output/encode.ts';
import type { World } from '../world.ts';

const EXAMPLES = `
Examples:
  $ tangaroa keys generate alice.key --name alice     # its public key goes in a genesis
  $ tangaroa keys show data/dev/clients/writer.key
  $ tangaroa keys check data/dev/node1/node.key --cluster data/dev
`;

interface GenerateFlags extends JsonFlag {
  readonly kind: KeyKind;
  readonly name?: string;
}

interface CheckFlags extends JsonFlag {
  readonly cluster?: string;
}

interface Shown {
  readonly kind: KeyKind;
  readonly name: string;
  readonly publicKey: string;
  /** Of a client listed in the genesis (C1). */
  readonly clientId?: string;
}

function describeKey(key: KeyFile): Shown {
  const publicKey = nodeEd25519().publicKey(key.secretKey);
  const shown = { kind: key.kind, name: key.name, publicKey: toHex(publicKey) };
  if (key.kind === 'node') return shown;
  return { ...shown, clientId: deriveClientId(publicKey, 0 as Epoch, nativeDigest) };
}

async function print(world: World, flags: JsonFlag, shown: Readonly<Record<string, unknown>>) {
  if (flags.json === true) return world.out.write(`${toJson(shown)}\n`);
  const lines = Object.entries(shown).map(
    ([name, value]) => `${`${name}:`.padEnd(11)} ${String(value)}\n`,
  );
  return world.out.write(lines.join(''));
}

/** Reads a key file of either kind. */
async function readAnyKey(file: string): Promise<KeyFile> {
  try {
    return await readKeyFile(file, 'client');
  } catch (error) {
    if (error instanceof KeyFileError && error.code === 'key-wrong-kind')
      return readKeyFile(file, 'node');
    throw error;
  }
}

/** What the genesis says of the key, or why it does not know it. */
function listedAs(key: Shown, genesis: Genesis): string {
  const { voters, clients } = genesis.document;
  const voter = voters.find(({ publicKey }) => publicKey === key.publicKey);
  if (voter !== undefined) return `node ${voter.id} at ${voter.address}`;
  const client = clients.find(({ publicKey }) => publicKey === key.publicKey);
  if (client !== undefined) return `client ${client.name}, ${client.role}`;
  throw new CliError('damaged', `the genesis of this cluster lists no ${key.kind} with this key`, {
    code: 'key-not-listed',
    hint: 'check --cluster',
  });
}

async function generate(world: World, file: string, flags: GenerateFlags): Promise<void> {
  const name = flags.name ?? path.basename(file, path.extname(file)).toLowerCase();
  const key: KeyFile = { kind: flags.kind, name, secretKey: randomBytes(32) };
  const target = path.resolve(world.cwd, file);
  try {
    await writeKeyFile(target, key);
  } catch (error) {
    if (error instanceof RangeError)
      throw new CliError('usage', `${error.message}: give one with --name`, { cause: error });
    throw fromNodeError(`write ${file}`, error);
  }
  await print(world, flags, { file: shownPath(target, world.cwd), ...describeKey(key) });
}

async function check(world: World, file: string, flags: CheckFlags): Promise<void> {
  const key = await readAnyKey(path.resolve(world.cwd, file));
  const shown = describeKey(key);
  const verdict = checkPublicKey(nodeEd25519().publicKey(key.secretKey));
  if (!verdict.ok)
    throw new CliError('damaged', `${file}: the public key ${verdict.reason}`, { code: 'bad-key' });
  const genesis =
    flags.cluster === undefined ? null : (await findCluster(flags.cluster, world.cwd)).genesis;
  const listed = genesis === null ? {} : { listed: listedAs(shown, genesis) };
  await print(world, flags, { file, ...shown, ...listed, ok: true });
}

export function addKeys(program: Command, world: World): void {
  const keys = program
    .command('keys')
    .summary('make, show and check key files')
    .description('Makes, shows and checks key files. The secret never leaves the file.')
    .addHelpText('after', EXAMPLES);

  jsonFlag(
    keys
      .command('generate')
      .description('Makes a new key file with mode 0600 and prints its public key.')
      .argument('<file>', 'the file; must not exist')
      .addOption(
        new Option('--kind <kind>', 'whose key').choices(['client', 'node']).default('client'),
      )
      .option('--name <name>', "the client's name or the node's id (default: the file's name)"),
  ).action((file: string, flags: GenerateFlags) => generate(world, file, flags));

  jsonFlag(
    keys
      .command('show')
      .description('Prints the public key of a key file, and the client id that it makes.')
      .addArgument(new Argument('<file>', 'a key file')),
  ).action(async (file: string, flags: JsonFlag) => {
    const key = await readAnyKey(path.resolve(world.cwd, file));
    await print(world, flags, { file, ...describeKey(key) });
  });

  jsonFlag(
    keys
      .command('check')
      .description('Checks a key file: owner, mode, checksum, key; with --cluster also its place.')
      .argument('<file>', 'a key file')
      .option('-c, --cluster <path>', 'directory of a cluster, or its genesis.json'),
  ).action((file: string, flags: CheckFlags) => check(world, file, flags));
}
