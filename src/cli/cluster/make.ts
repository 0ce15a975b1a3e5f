/** Makes a cluster's files: genesis document, data directories, client keys. All of them, or none. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '../../base/bytes.ts';
import type { NodeId } from '../../consensus/model/ids.ts';
import { createDataDirectory } from '../../node/data-directory.ts';
import { writeKeyFile } from '../../node/key-files.ts';
import { nativeDigest, nodeEd25519 } from '../../node/native-crypto.ts';
import { checkGenesis, formatGenesis } from '../../wire/genesis.ts';
import type { Genesis, GenesisDocument } from '../../wire/genesis.ts';
import { CliError, isSystemError, systemError } from '../cli-error.ts';
import { fromNodeError } from '../node-error.ts';
import { CLIENTS_DIRECTORY, GENESIS_FILE, clientKeyFile, nodeDirectory } from './files.ts';
import type { ClusterPlan } from './plan.ts';

interface Secrets {
  readonly nodes: ReadonlyMap<NodeId, Uint8Array>;
  readonly clients: ReadonlyMap<string, Uint8Array>;
}

function secretsFor(plan: ClusterPlan): Secrets {
  const draw = <N extends string>(name: N): readonly [N, Uint8Array] => [name, randomBytes(32)];
  return {
    nodes: new Map(plan.nodes.map(({ id }) => draw(id))),
    clients: new Map(plan.clients.map(({ name }) => draw(name))),
  };
}

function documentOf(plan: ClusterPlan, secrets: Secrets, nowMs: number): GenesisDocument {
  const ed25519 = nodeEd25519();
  const keyOf = (keys: ReadonlyMap<string, Uint8Array>, name: string): string =>
    toHex(ed25519.publicKey(keys.get(name) ?? new Uint8Array()));
  return {
    protocol: plan.protocol,
    name: plan.name,
    nonce: randomBytes(32).toString('hex'),
    createdMs: nowMs,
    voters: plan.nodes.map((node) => ({ ...node, publicKey: keyOf(secrets.nodes, node.id) })),
    clients: plan.clients.map((client) => ({
      ...client,
      publicKey: keyOf(secrets.clients, client.name),
    })),
    parameters: plan.parameters,
  };
}

async function refuseIfThere(directory: string, shown: string): Promise<void> {
  try {
    if ((await readdir(directory)).length === 0) return;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw systemError(`make a cluster in ${shown}`, error);
  }
  const what = existsSync(path.join(directory, GENESIS_FILE))
    ? 'holds a cluster already'
    : 'is not empty';
  throw new CliError('environment', `${shown} ${what}; nothing is overwritten`, {
    code: 'directory-exists',
    hint: 'name another directory, or remove this one yourself',
  });
}

async function writeAll(directory: string, genesis: Genesis, secrets: Secrets): Promise<void> {
  await mkdir(path.join(directory, CLIENTS_DIRECTORY), { recursive: true });
  await writeFile(path.join(directory, GENESIS_FILE), formatGenesis(genesis.document));
  for (const [name, secretKey] of secrets.clients)
    await writeKeyFile(clientKeyFile(directory, name), { kind: 'client', name, secretKey });
  for (const [name, secretKey] of secrets.nodes)
    await createDataDirectory(nodeDirectory(directory, name), { genesis, name, secretKey });
}

/**
 * Makes the cluster in `directory`, which must not exist or be empty. It is made beside it and moved into place, so
 * that a failure leaves nothing half.
 *
 * @throws CliError `usage` for a plan that makes no genesis, `environment` where it cannot be written
 */
export async function makeCluster(
  options: { readonly directory: string; readonly shown: string; readonly nowMs: number },
  plan: ClusterPlan,
): Promise<Genesis> {
  const { directory, shown } = options;
  await refuseIfThere(directory, shown);
  const secrets = secretsFor(plan);
  const result = checkGenesis(documentOf(plan, secrets, options.nowMs), nativeDigest);
  if (!result.ok) throw new CliError('usage', `these make no cluster: ${result.reason}`);
  const workshop = `${directory}.${process.pid}.new`;
  try {
    await mkdir(path.dirname(directory), { recursive: true });
    await writeAll(workshop, result.genesis, secrets);
    await rename(workshop, directory);
  } catch (error) {
    const known = fromNodeError(`make a cluster in ${shown}`, error);
    if (!(known instanceof CliError) || known.hint !== null) throw known;
    throw known.extended({
      hint: 'name another directory, or see who may write there and whether there is room',
    });
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return result.genesis;
}
