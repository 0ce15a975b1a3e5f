/** A simulated cluster: keys, genesis, nodes, clients, and the checkers that look at everything they do. */
import type { Random } from '../../src/base/random.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import { Keyring } from '../../src/crypto/keyring.ts';
import { makeClientSigner } from '../../src/crypto/sign.ts';
import { Verifier } from '../../src/crypto/verify.ts';
import { nativeDigest } from '../../src/node/native-crypto.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { decodeNodeToClientMessage, encodeResults } from '../../src/wire/client.ts';
import type { WireContext } from '../../src/wire/context.ts';
import { makeGenesis, type Genesis } from '../../src/wire/genesis.ts';
import { encodeCommands, makeRequest } from '../../src/wire/request.ts';
import { toHex } from '../../src/base/bytes.ts';
import { fakeEd25519, testSecretKey } from '../fixtures-crypto.ts';
import { Agreement } from './checkers/agreement.ts';
import { Certificates } from './checkers/certificates.ts';
import { ExactlyOnce } from './checkers/exactly-once.ts';
import { SimClient } from './client.ts';
import { Network } from './network.ts';
import { SimNode } from './node.ts';
import type { Plan } from './plan.ts';
import { Scheduler } from './scheduler.ts';
import type { Surroundings } from './surroundings.ts';
import { Trace } from './trace.ts';

const digest = nativeDigest;

/** Virtual time between two looks at every node's status. */
const LOOK_EVERY_MS = 10;
const EPOCH_2026_MS = 1_790_000_000_000;

export class World implements Surroundings {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly network: Network;
  readonly nodes: readonly SimNode[];
  readonly clients: readonly SimClient[];
  readonly agreement = new Agreement();
  readonly exactlyOnce = new ExactlyOnce();
  readonly certificates: Certificates;
  #lookedMs = 0;

  readonly wrapCore: Surroundings['wrapCore'];

  /** `wrapCore`: what makes a traitor of a node; without it everybody is honest. */
  constructor(
    plan: Plan,
    random: Random,
    wrapCore: Surroundings['wrapCore'] = (_, honest) => honest,
  ) {
    this.wrapCore = wrapCore;
    this.plan = plan;
    this.random = random;
    this.genesis = makeGenesisOf(plan);
    this.context = { clusterId: this.genesis.clusterId, digest };
    this.certificates = new Certificates(this.makeVerifier());
    this.network = new Network(this.scheduler, random.fork(), (a, b) => this.#reconnected(a, b));
    this.nodes = this.genesis.configuration.members.map(
      (member, i) => new SimNode(member.id, testSecretKey(i), this),
    );
    this.clients = this.genesis.configuration.clients.map((record, i) =>
      this.#makeClient(record.id, testSecretKey(1_000 + i)),
    );
  }

  get nodeIds(): readonly NodeId[] {
    return this.nodes.map((node) => node.id);
  }

  makeVerifier(): Verifier {
    const { configuration, entry, clusterId } = this.genesis;
    const keyring = new Keyring({ configuration, genesis: entry });
    return new Verifier(
      { keyring, clusterId, digest },
      { ed25519: fakeEd25519, encodeBody, encodeResults },
    );
  }

  #makeClient(id: ClientId, secretKey: Uint8Array): SimClient {
    const sign = makeClientSigner(
      { self: id, secretKey, clusterId: this.genesis.clusterId },
      { ed25519: fakeEd25519 },
    );
    return new SimClient(id, {
      scheduler: this.scheduler,
      random: this.random.fork(),
      nodes: this.nodeIds,
      verifier: this.makeVerifier(),
      exactlyOnce: this.exactlyOnce,
      makeRequest: (first, acknowledged, commands) => {
        const statement = {
          kind: 'client-request',
          client: id,
          first,
          count: commands.length,
          commandsDigest: digest(encodeCommands(commands)),
          acknowledged,
        } as const;
        return makeRequest(statement, sign(statement), commands, this.context);
      },
      send: (to, frame) => this.#sendFromClient(id, to, frame),
    });
  }

  #sendFromClient(client: ClientId, to: NodeId, frame: Uint8Array): void {
    if (this.#lost()) return;
    this.scheduler.after(this.network.delayMs(), () => this.node(to).clientFrame(client, frame));
  }

  /** A node answers a client. */
  sendToClient(from: NodeId, client: ClientId, frame: Uint8Array): void {
    if (this.#lost()) return;
    this.scheduler.after(this.network.delayMs(), () => {
      const decoded = decodeNodeToClientMessage(frame, this.context);
      if (!decoded.ok)
        throw new Error(`${from} sent a client a malformed frame: ${decoded.reason}`);
      this.clients.find(({ id }) => id === client)?.receive(from, decoded.value);
    });
  }

  #lost(): boolean {
    return this.random.chance(this.network.faults.lossPerMille, 1000);
  }

  #reconnected(a: NodeId, b: NodeId): void {
    this.scheduler.after(this.network.delayMs(), () => {
      this.node(a).connected(b);
      this.node(b).connected(a);
    });
  }

  node(id: NodeId): SimNode {
    return this.nodes.find((node) => node.id === id) as SimNode;
  }

  /** Runs until virtual time `untilMs`, or until `done` says so. What is asynchronous ends before the next event. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    for (;;) {
      const next = this.scheduler.nextMs;
      if (next === null || next > untilMs || done()) return;
      this.scheduler.step();
      if (this.nodes.some((node) => node.busy)) await settled();
      for (const node of this.nodes) node.check();
      if (this.scheduler.nowMs - this.#lookedMs >= LOOK_EVERY_MS) this.#look();
    }
  }

  #look(): void {
    this.#lookedMs = this.scheduler.nowMs;
    for (const node of this.nodes) node.look();
  }

  wallMs(): number {
    return EPOCH_2026_MS + this.scheduler.nowMs;
  }
}

/** After every microtask and everything that the memory database has deferred. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function makeGenesisOf(plan: Plan): Genesis {
  const hexOf = (seed: number): string => toHex(fakeEd25519.publicKey(testSecretKey(seed)));
  return makeGenesis(
    {
      protocol: 'tangaroa',
      name: 'simulated',
      nonce: '5e'.repeat(32),
      createdMs: EPOCH_2026_MS - 1_000,
      voters: Array.from({ length: plan.nodes }, (_, i) => ({
        id: `n${i + 1}` as NodeId,
        publicKey: hexOf(i),
        address: `127.0.0.1:${7101 + i}`,
      })),
      clients: Array.from({ length: plan.clients }, (_, i) => ({
        name: `client-${i + 1}`,
        publicKey: hexOf(1_000 + i),
        role: 'writer' as const,
      })),
      parameters: DEFAULT_PARAMETERS,
    },
    digest,
  );
}
