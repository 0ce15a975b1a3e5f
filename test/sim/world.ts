/** A simulated cluster: keys, genesis, nodes, traitors, clients, and the checkers that look at everything they do. */
import { toHex } from '../../src/base/bytes.ts';
import type { Random } from '../../src/base/random.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import type { WireContext } from '../../src/wire/context.ts';
import { makeGenesis, type Genesis } from '../../src/wire/genesis.ts';
import { namingOf } from '../../src/wire/protocol.ts';
import { fakeEd25519, testSecretKey } from '../fixtures-crypto.ts';
import { CHARACTERS } from './characters.ts';
import type { Watchers } from './checkers/checkers.ts';
import { clientKey, Clients } from './clients.ts';
import { Network, nodeAt, type Place } from './network.ts';
import { SimNode } from './node.ts';
import type { Plan } from './plan.ts';
import type { SimProtocol } from './protocol.ts';
import { makeProtocol } from './protocols.ts';
import { Scheduler } from './scheduler.ts';
import type { Surroundings } from './surroundings.ts';
import { Trace } from './trace.ts';

/** Virtual time between two looks at every node's status. */
const LOOK_EVERY_MS = 100;
const EPOCH_2026_MS = 1_790_000_000_000;

export class World implements Surroundings {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly network: Network;
  readonly protocol: SimProtocol;
  /** Every process: nodes, and twins of traitors. */
  readonly nodes: readonly SimNode[];
  readonly clients: Clients;
  readonly elections = new Set<number>();
  readonly #secrets: ReadonlyMap<ClientId, Uint8Array>;
  #stirred = false;
  #lookedMs = 0;

  constructor(plan: Plan, random: Random) {
    this.plan = plan;
    this.random = random;
    this.genesis = makeGenesisOf(plan);
    this.context = {
      clusterId: this.genesis.clusterId,
      digest,
      naming: namingOf(plan.protocol, digest),
    };
    this.#secrets = secretsOf(this.genesis);
    this.protocol = makeProtocol(this);
    const places = this.#places();
    this.network = new Network(places, {
      scheduler: this.scheduler,
      random: random.fork(),
      reconnected: (a, b) => this.#reconnected(a, b),
    });
    this.protocol.conspiracy.join(this.network);
    this.nodes = places.map((place) => this.#makeNode(place));
    this.clients = new Clients(this);
  }

  #places(): readonly Place[] {
    const twins = this.plan.traitors.filter(({ twin }) => twin);
    return [...this.nodeIds, ...twins.map(({ node }) => `${this.nodeIds[node]}~2`)];
  }

  #makeNode(place: Place): SimNode {
    const publicKey = fakeEd25519.publicKey(this.secretOf(nodeAt(place)));
    return new SimNode({ place, publicKey }, this);
  }

  get nodeIds(): readonly NodeId[] {
    return this.genesis.configuration.members.map(({ id }) => id);
  }

  get honestNodes(): readonly SimNode[] {
    return this.nodes.filter((node) => node.isHonest);
  }

  get isBetrayed(): boolean {
    return this.plan.traitors.length > CHARACTERS[this.plan.protocol].liars(this.plan.nodes);
  }

  isHonest(node: NodeId): boolean {
    return !this.protocol.conspiracy.ids.has(node);
  }

  /** The last `rogueClients` of the configuration break the rules. */
  isHonestClient(client: ClientId): boolean {
    const at = this.genesis.configuration.clients.findIndex(({ id }) => id === client);
    return at < this.plan.clients;
  }

  clientSecret(client: ClientId): Uint8Array {
    return this.#secrets.get(client) as Uint8Array;
  }

  secretOf(node: NodeId): Uint8Array {
    return testSecretKey(this.nodeIds.indexOf(node));
  }

  get checkers(): Watchers {
    return this.protocol.checkers;
  }

  sendToClient(from: NodeId, client: ClientId, frame: Uint8Array): void {
    this.clients.answer(from, client, frame);
  }

  closeClient(from: NodeId, client: ClientId): void {
    this.clients.close(from, client);
  }

  #reconnected(a: Place, b: Place): void {
    this.scheduler.after(this.network.delayMs(), () => {
      if (!this.network.isUp(a, b) || !this.network.isUp(b, a)) return;
      this.nodes.find(({ place }) => place === a)?.connected(nodeAt(b));
      this.nodes.find(({ place }) => place === b)?.connected(nodeAt(a));
    });
  }

  node(id: NodeId): SimNode {
    return this.nodes.find((node) => node.id === id) as SimNode;
  }

  stir(): void {
    this.#stirred = true;
  }

  /** Runs until virtual time `untilMs`, or until `done` says so. What is asynchronous ends before the next event. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    for (;;) {
      const next = this.scheduler.nextMs;
      if (next === null || next > untilMs) return;
      this.scheduler.step();
      if (this.#stirred) {
        this.#stirred = false;
        await settled();
      }
      for (const node of this.nodes) node.check();
      if (this.scheduler.nowMs - this.#lookedMs < LOOK_EVERY_MS) continue;
      this.#lookedMs = this.scheduler.nowMs;
      for (const node of this.nodes) node.look();
      if (done()) return;
    }
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

function secretsOf(genesis: Genesis): ReadonlyMap<ClientId, Uint8Array> {
  const keys = genesis.configuration.clients.map(
    (_, i) => [toHex(fakeEd25519.publicKey(clientKey(i))), clientKey(i)] as const,
  );
  const byPublicKey = new Map(keys);
  return new Map(
    genesis.configuration.clients.map(
      ({ id, publicKey }) => [id, byPublicKey.get(toHex(publicKey)) as Uint8Array] as const,
    ),
  );
}

function makeGenesisOf(plan: Plan): Genesis {
  const hexOf = (secretKey: Uint8Array): string => toHex(fakeEd25519.publicKey(secretKey));
  return makeGenesis(
    {
      protocol: plan.protocol,
      name: 'simulated',
      nonce: '5e'.repeat(32),
      createdMs: EPOCH_2026_MS - 1_000,
      voters: Array.from({ length: plan.nodes }, (_, i) => ({
        id: `n${i + 1}` as NodeId,
        publicKey: hexOf(testSecretKey(i)),
        address: `127.0.0.1:${7101 + i}`,
      })),
      clients: Array.from({ length: plan.clients + plan.rogueClients }, (_, i) => ({
        name: `client-${i + 1}`,
        publicKey: hexOf(clientKey(i)),
        role: 'writer' as const,
      })),
      parameters: CHARACTERS[plan.protocol].parameters,
    },
    digest,
  );
}
