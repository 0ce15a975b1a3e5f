/** One real node of a cluster of four, and the keys of everybody: what an attacker's links are tried against. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toHex } from '../../src/base/bytes.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { Epoch, NodeId } from '../../src/consensus/model/ids.ts';
import { createDataDirectory } from '../../src/node/data-directory.ts';
import { nativeDigest } from '../../src/node/native-crypto.ts';
import { startNode } from '../../src/node/node.ts';
import type { RunningNode } from '../../src/node/node.ts';
import { freePorts } from '../../src/cli/dev/ports.ts';
import { makeGenesis } from '../../src/wire/genesis.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import type { Claim } from '../../scripts/attack/rogue/link-proof.ts';
import { freshKey, freshNonce, penOf } from '../../scripts/attack/rogue/link-proof.ts';

/** `beta` runs: `alpha` dials it, and it dials `gamma` and `delta`. */
const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as NodeId[];
export const BETA = 'beta' as NodeId;

export class OneNode implements AsyncDisposable {
  readonly genesis: Genesis;
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly #root: string;
  readonly #node: RunningNode;
  readonly log: string[];

  private constructor(
    genesis: Genesis,
    keys: ReadonlyMap<string, Uint8Array>,
    running: { readonly root: string; readonly node: RunningNode; readonly log: string[] },
  ) {
    this.genesis = genesis;
    this.keys = keys;
    this.#root = running.root;
    this.#node = running.node;
    this.log = running.log;
  }

  static async start(): Promise<OneNode> {
    const root = await mkdtemp(path.join(tmpdir(), 'tangaroa-attack-test-'));
    const made = new Map<string, ReturnType<typeof freshKey>>(
      [...NAMES, 'client'].map((name) => [name, freshKey()]),
    );
    const publicKey = (name: string): string =>
      toHex((made.get(name) as ReturnType<typeof freshKey>).publicKey);
    const keys = new Map([...made].map(([name, { secretKey }]) => [name, secretKey]));
    const ports = await freePorts('127.0.0.1', NAMES.length);
    const genesis = makeGenesis(
      {
        protocol: 'tangaroa',
        name: 'harbour',
        nonce: freshNonce(),
        createdMs: 1_700_000_000_000,
        voters: NAMES.map((id, at) => ({
          id,
          publicKey: publicKey(id),
          address: `127.0.0.1:${ports[at]}`,
        })),
        clients: [{ name: 'client', publicKey: publicKey('client'), role: 'writer' }],
        parameters: DEFAULT_PARAMETERS,
      },
      nativeDigest,
    );
    const directory = path.join(root, BETA);
    const secretKey = keys.get(BETA) as Uint8Array;
    await createDataDirectory(directory, { genesis, name: BETA, secretKey });
    const log: string[] = [];
    const node = await startNode(
      { directory },
      { log: (_, code, text) => log.push(`${code}: ${text}`) },
    );
    return new OneNode(genesis, keys, { root, node, log });
  }

  get address(): string {
    return this.#node.address;
  }

  addressOf(id: string): string {
    return this.genesis.document.voters.find((voter) => voter.id === id)?.address as string;
  }

  /** A node's claim, or `client`'s, under its own key; `differing` says what is not so. */
  claim(name: string, differing: Partial<Claim> = {}): Claim {
    const { clusterId, configuration } = this.genesis;
    const role = name === 'client' ? 'client' : 'peer';
    const id = role === 'peer' ? name : (configuration.clients[0]?.id as string);
    const pen = penOf(this.keys.get(name) as Uint8Array);
    return { clusterId, role, id, epoch: 0 as Epoch, pen, ...differing };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.stop();
    await rm(this.#root, { recursive: true, force: true });
  }
}
