/**
 * Nodes as a client sees them, without consensus: one shared log that goes on while a quorum of nodes is up, real
 * frames, real handshakes, and faults where a test wants them. All of it on one fake clock, so a run is the same
 * every time.
 */
import { toHex } from '../../src/base/bytes.ts';
import { TangaroaClient } from '../../src/client/client.ts';
import type { ClientOptions } from '../../src/client/client.ts';
import type { ClientDeps, ConnectionEvents } from '../../src/client/ports.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { Hash, NodeId } from '../../src/consensus/model/ids.ts';
import { quorumSize } from '../../src/consensus/model/quorum.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { makeGenesis } from '../../src/wire/genesis.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { faultsOf } from '../../src/wire/protocol.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { Random } from '../../src/base/random.ts';
import { fakeEd25519, testSecretKey } from '../fixtures-crypto.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeNode } from './fake-node.ts';
import { ModelMachine } from './model-session.ts';

export const CLIENT_KEY = testSecretKey(1_000);

export interface NetworkPlan {
  /** Delays at which a frame arrives: none is a loss, two are a duplicate. */
  (frame: Uint8Array): readonly number[];
}

export class FakeCluster {
  readonly clock = new FakeClock();
  readonly genesis: Genesis;
  readonly machine = new ModelMachine();
  readonly nodes: readonly FakeNode[];
  leader: FakeNode;
  term = 1;
  /** Milliseconds from a request's arrival to its place in the log. */
  orderMs = 2;
  plan: NetworkPlan = () => [1];
  readonly #waiting = new Map<Hash, ClientRequest>();
  #seed = 1;

  constructor(size = 4, protocol: ProtocolName = 'tangaroa') {
    this.genesis = makeGenesis(
      {
        protocol,
        name: 'test',
        nonce: '11'.repeat(32),
        createdMs: 0,
        voters: Array.from({ length: size }, (_, i) => ({
          id: `n${i + 1}` as NodeId,
          publicKey: toHex(fakeEd25519.publicKey(testSecretKey(i))),
          address: `127.0.0.1:${7001 + i}`,
        })),
        clients: [
          {
            name: 'alice',
            publicKey: toHex(fakeEd25519.publicKey(CLIENT_KEY)),
            role: 'writer',
          },
        ],
        parameters: DEFAULT_PARAMETERS,
      },
      portableDigest,
    );
    this.nodes = this.genesis.configuration.members.map(
      ({ id }, i) => new FakeNode(this, id, testSecretKey(i)),
    );
    this.leader = this.node(1);
  }

  /** By number, from 1. */
  node(number: number): FakeNode {
    return this.nodes[number - 1] as FakeNode;
  }

  client(options: Partial<ClientOptions> = {}, deps: Partial<ClientDeps> = {}): TangaroaClient {
    const random = new Random(this.#seed++);
    return new TangaroaClient(
      { genesis: this.genesis, secretKey: CLIENT_KEY, ...options },
      {
        transport: (address, events) => this.#connect(address, events),
        clock: this.clock,
        randomBytes: (count) => Uint8Array.from({ length: count }, () => random.below(256)),
        digest: portableDigest,
        ed25519: fakeEd25519,
        ...deps,
      },
    );
  }

  elect(node: FakeNode): void {
    this.leader = node;
    this.term++;
  }

  get hasQuorum(): boolean {
    const { protocol } = this.genesis.document;
    const up = this.nodes.filter((node) => node.up).length;
    return up >= quorumSize(this.nodes.length, faultsOf(protocol));
  }

  /** A request at a node: the leader orders it, others hand it on (N1). It waits while there is no quorum. */
  order(request: ClientRequest): void {
    if (this.#waiting.has(request.digest)) return;
    this.#waiting.set(request.digest, request);
    this.clock.after(this.orderMs, () => this.goOn());
  }

  goOn(): void {
    if (!this.hasQuorum || !this.leader.up || this.leader.stalls) return;
    for (const request of this.#waiting.values()) {
      const executed = this.machine.apply(request);
      for (const node of this.nodes)
        if (this.#answers(node, request)) node.reply(request, executed);
    }
    this.#waiting.clear();
  }

  /** In a Raft cluster those answer that were asked. */
  #answers(node: FakeNode, { digest }: ClientRequest): boolean {
    const wasAsked = node.requests.some((request) => request.digest === digest);
    return node.up && (wasAsked || this.genesis.document.protocol === 'tangaroa');
  }

  #connect(address: string, events: ConnectionEvents) {
    const member = this.genesis.configuration.members.find((other) => other.address === address);
    const node = this.nodes.find(({ id }) => id === member?.id) as FakeNode;
    return node.accept(events);
  }
}
