/** The clients of a simulated cluster, and their way to the nodes and back. */
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { makeClientSigner } from '../../src/crypto/sign.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import { decodeNodeToClientMessage } from '../../src/wire/client.ts';
import { encodeCommands, makeRequest } from '../../src/wire/request.ts';
import { fakeEd25519, testSecretKey } from '../fixtures-crypto.ts';
import { SimClient } from './client.ts';
import { drawHabits } from './workload.ts';
import type { World } from './world.ts';

/** Secret keys of clients are those of these seeds. */
const FIRST_CLIENT_KEY = 1_000;

export function clientKey(number: number): Uint8Array {
  return testSecretKey(FIRST_CLIENT_KEY + number);
}

export class Clients {
  readonly #world: World;
  /** Those that keep the rules. */
  readonly honest: readonly SimClient[];

  constructor(world: World) {
    this.#world = world;
    this.honest = world.genesis.configuration.clients
      .filter((record) => world.isHonestClient(record.id))
      .map((record) => this.#make(record.id));
  }

  #make(id: ClientId): SimClient {
    const world = this.#world;
    const secretKey = world.clientSecret(id);
    const sign = makeClientSigner(
      { self: id, secretKey, clusterId: world.genesis.clusterId },
      { ed25519: fakeEd25519 },
    );
    const random = world.random.fork();
    let reads = 0;
    return new SimClient(id, {
      scheduler: world.scheduler,
      random,
      thinkMsMax: world.plan.thinkMsMax,
      habits: drawHabits(random.fork()),
      nodes: world.nodeIds,
      isHonest: (node) => world.isHonest(node),
      verifier: world.makeVerifier(),
      checkers: world.checkers,
      makeRead: (query) => {
        const nonce = (++reads).toString(16).padStart(32, '0');
        const statement = { kind: 'read', client: id, nonce, queryDigest: digest(query) } as const;
        return { kind: 'read', statement, signature: sign(statement), query };
      },
      makeRequest: (first, acknowledged, commands) => {
        const statement = {
          kind: 'client-request',
          client: id,
          first,
          count: commands.length,
          commandsDigest: digest(encodeCommands(commands)),
          acknowledged,
        } as const;
        return makeRequest(statement, sign(statement), commands, world.context);
      },
      send: (to, frame) => this.#send(id, to, frame),
    });
  }

  #send(client: ClientId, to: NodeId, frame: Uint8Array): void {
    const world = this.#world;
    if (this.#lost()) return;
    world.scheduler.after(world.network.delayMs(), () => {
      for (const node of world.nodes) if (node.id === to) node.clientFrame(client, frame);
    });
  }

  /** A node answers a client. */
  answer(from: NodeId, client: ClientId, frame: Uint8Array): void {
    if (this.#lost()) return;
    this.#world.scheduler.after(this.#world.network.delayMs(), () => {
      const decoded = decodeNodeToClientMessage(frame, this.#world.context);
      if (!decoded.ok)
        throw new Error(`${from} sent a client a malformed frame: ${decoded.reason}`);
      this.honest.find(({ id }) => id === client)?.receive(from, decoded.value);
    });
  }

  #lost(): boolean {
    const { random, network } = this.#world;
    return random.chance(network.faults.lossPerMille, 1000);
  }
}
