/** The clients of a simulated cluster, and their way to the nodes and back. */
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import { decodeNodeToClientMessage } from '../../src/wire/client.ts';
import { encodeCommands, makeRequest } from '../../src/wire/request.ts';
import { testSecretKey } from '../fixtures-crypto.ts';
import { RogueClient } from './adversary/rogue-client.ts';
import { SimClient } from './client.ts';
import { drawHabits } from './workload.ts';
import type { World } from './world.ts';

/** Secret keys of clients are those of these seeds. */
const FIRST_CLIENT_KEY = 1_000;

export function clientKey(number: number): Uint8Array {
  return testSecretKey(FIRST_CLIENT_KEY + number);
}

/** How long a connection stays closed that a node closed (L2). */
const RECONNECT_MS = 500;

export class Clients {
  readonly #world: World;
  /** Those that keep the rules. */
  readonly honest: readonly SimClient[];
  readonly #rogues: readonly RogueClient[];
  /** Until when nothing passes between a node and a client. */
  readonly #closed = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    const ids = world.genesis.configuration.clients.map(({ id }) => id);
    this.honest = ids.filter((id) => world.isHonestClient(id)).map((id) => this.#make(id));
    this.#rogues = ids
      .filter((id) => !world.isHonestClient(id))
      .map((id) => this.#makeRogue(id, world.random.pick(this.honest).id));
  }

  /** How often each trick of a rogue was played. */
  get exercised(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { exercised } of this.#rogues)
      for (const [name, count] of exercised) sums.set(name, (sums.get(name) ?? 0) + count);
    return sums;
  }

  #make(id: ClientId): SimClient {
    const world = this.#world;
    const sign = world.protocol.makeClientSigner(id);
    const random = world.random.fork();
    let reads = 0;
    return new SimClient(id, {
      scheduler: world.scheduler,
      random,
      thinkMsMax: world.plan.thinkMsMax,
      habits: drawHabits(random.fork()),
      nodes: world.nodeIds,
      isHonest: (node) => world.isHonest(node),
      believed: world.protocol.believed,
      verifier: world.protocol.makeVerifier(),
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

  #makeRogue(id: ClientId, victim: ClientId): RogueClient {
    const world = this.#world;
    const { scheduler, context, checkers, protocol, trace } = world;
    return new RogueClient(id, {
      scheduler,
      random: world.random.fork(),
      nodes: world.nodeIds,
      victim,
      isHonest: (node) => world.isHonest(node),
      sign: protocol.makeClientSigner(id),
      context,
      send: (to, frame) => this.#send(id, to, frame),
      verifier: protocol.makeVerifier(),
      sessions: checkers.sessions,
      trace: (what) => trace.add(scheduler.nowMs, 'rogue', what),
    });
  }

  #send(client: ClientId, to: NodeId, frame: Uint8Array): void {
    const world = this.#world;
    if (this.#lost(to, client)) return;
    world.scheduler.after(world.network.delayMs(), () => {
      if (this.#isClosed(to, client)) return;
      for (const node of world.nodes) if (node.id === to) node.clientFrame(client, frame);
    });
  }

  /** A node answers a client. */
  answer(from: NodeId, client: ClientId, frame: Uint8Array): void {
    const world = this.#world;
    if (this.#lost(from, client)) return;
    world.scheduler.after(world.network.delayMs(), () => {
      const decoded = decodeNodeToClientMessage(frame, world.context);
      if (!decoded.ok && world.isHonest(from))
        throw new Error(`${from} sent a client a malformed frame: ${decoded.reason}`);
      const all = [...this.honest, ...this.#rogues];
      if (decoded.ok) all.find(({ id }) => id === client)?.receive(from, decoded.value);
    });
  }

  /** L2: a node closes its connection to a rogue: what is on its way to it is lost, and so is what follows for a while. */
  close(node: NodeId, client: ClientId): void {
    const untilMs = this.#world.scheduler.nowMs + RECONNECT_MS;
    this.#closed.set(`${node} ${client}`, untilMs);
  }

  #isClosed(node: NodeId, client: ClientId): boolean {
    return (this.#closed.get(`${node} ${client}`) ?? 0) > this.#world.scheduler.nowMs;
  }

  #lost(node: NodeId, client: ClientId): boolean {
    const { random, network } = this.#world;
    return random.chance(network.faults.lossPerMille, 1000) || this.#isClosed(node, client);
  }
}
