/**
 * One real host - core, log, machine and all - whose peers, clients, clock and disk are in the fuzzer's hand: it hears
 * what the steps say and nothing else, and must neither fail nor stop answering.
 */
import { MemoryLevel } from 'memory-level';
import { Random } from '../../src/base/random.ts';
import { limits } from '../../src/base/limits.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage } from '../../src/consensus/model/message.ts';
import { createRaft } from '../../src/consensus/raft/core.ts';
import { createTangaroa } from '../../src/consensus/tangaroa/core.ts';
import { Keyring } from '../../src/crypto/keyring.ts';
import { makeClientSigner, makeSigner } from '../../src/crypto/sign.ts';
import { makeUnsigned, UnsignedChecks } from '../../src/crypto/unsigned.ts';
import { makeVerifier, Verifier } from '../../src/crypto/verify.ts';
import { everyone, WhoeverAsked } from '../../src/host/audience.ts';
import { Host } from '../../src/host/host.ts';
import type { HostFailure } from '../../src/host/failure.ts';
import type { Clock, Links, LoadedLog, Log } from '../../src/host/ports.ts';
import { raftWire } from '../../src/host/raft.ts';
import { tangaroaWire } from '../../src/host/tangaroa.ts';
import { openMachine } from '../../src/machine/key-value.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import type { AnyHost } from '../../src/node/protocols.ts';
import { encodeBody } from '../../src/wire/body.ts';
import {
  decodeNodeToClientMessage,
  encodeClientMessage,
  encodeResults,
} from '../../src/wire/client.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { fakeEd25519 } from '../fixtures-crypto.ts';
import { groundOf } from './ground.ts';
import { Broken } from './target.ts';

/** A follower while the traffic was recorded: what it heard is a history that it can follow again. */
export const SELF = 'n3' as NodeId;
const START_WALL_MS = 1_790_000_000_000;

export type Database = MemoryLevel<Uint8Array, Uint8Array>;

export function memory(): Database {
  return new MemoryLevel({ keyEncoding: 'view', valueEncoding: 'view', storeEncoding: 'view' });
}

class HandClock implements Clock {
  ms = 0;
  deferred: (() => void)[] = [];
  #ticks: (() => void)[] = [];

  now(): { readonly monotonicMs: number; readonly wallMs: number } {
    return { monotonicMs: this.ms, wallMs: START_WALL_MS + this.ms };
  }

  defer(callback: () => void): void {
    this.deferred.push(callback);
  }

  every(_: number, callback: () => void): () => void {
    this.#ticks.push(callback);
    return () => (this.#ticks = this.#ticks.filter((each) => each !== callback));
  }

  pass(ms: number): void {
    this.ms += ms;
    for (const tick of this.#ticks) tick();
  }
}

export class LoneHost {
  readonly protocol: ProtocolName;
  readonly clock = new HandClock();
  readonly log = memory();
  readonly #answers: NodeToClientMessage[] = [];
  readonly #closed = new Set<string>();
  #host: AnyHost | null = null;
  #failure: HostFailure | null = null;
  #reads = 0;
  /** Frames that went to peers, so that two runs can be told apart. */
  sent = 0;

  constructor(protocol: ProtocolName) {
    this.protocol = protocol;
  }

  get failure(): HostFailure | null {
    return this.#failure;
  }

  get host(): AnyHost {
    if (this.#host === null) throw new Error('the host is open');
    return this.#host;
  }

  async open(): Promise<void> {
    const { genesis, context } = groundOf(this.protocol);
    const { configuration } = genesis;
    const machine = await openMachine({ database: memory(), digest });
    const publicKey = configuration.members.find(({ id }) => id === SELF)?.publicKey;
    if (publicKey === undefined) throw new Error('one of the members');
    const loaded = await openLevelLog(this.log, {
      genesis: genesis.entry,
      applied: machine.applied,
      context,
      owner: { id: SELF, publicKey },
      mark: { writes: 0, advance: () => undefined },
    });
    await machine.apply({
      index: 1,
      hash: genesis.entry.hash,
      timestamp: genesis.entry.header.timestamp,
      requests: [],
    });
    this.#host =
      this.protocol === 'raft' ? this.#raft(loaded, machine) : this.#tangaroa(loaded, machine);
    this.#host.stopped.catch((failure: HostFailure) => (this.#failure = failure));
    this.#host.start();
    for (const { id } of configuration.members) if (id !== SELF) this.#host.peerConnected(id);
    await this.settle();
  }

  #surroundings({ store }: LoadedLog, machine: Machine) {
    const { context } = groundOf(this.protocol);
    const log: Log = () => undefined;
    return { machine, store, links: this.#links(), clock: this.clock, log, context };
  }

  #options() {
    return { self: SELF, configuration: groundOf(this.protocol).genesis.configuration };
  }

  #tangaroa(loaded: LoadedLog, machine: Machine): AnyHost {
    const { genesis, context, keys } = groundOf('tangaroa');
    const { clusterId, configuration, entry } = genesis;
    const keyring = new Keyring({ configuration, genesis: entry });
    const crypto = { ed25519: fakeEd25519, encodeBody, encodeResults };
    const verifier = makeVerifier({ keyring, clusterId, digest }, crypto);
    const secretKey = keys.secretOf(SELF) ?? new Uint8Array(32);
    const signer = makeSigner(
      { self: SELF, secretKey, clusterId, digest },
      { ed25519: fakeEd25519, encodeBody, onSigned: (signed) => verifier.remember(signed) },
    );
    const recovered = { ...loaded.recovered, applied: loaded.recovered.committed.index };
    const core = createTangaroa(
      this.#options(),
      { digest, encodeContent, sign: signer.sign, signBody: signer.signBody },
      recovered,
      this.clock.now(),
    );
    return new Host(this.#options(), {
      ...this.#surroundings(loaded, machine),
      core,
      wire: tangaroaWire({ context, verifier, signer }),
      verifier,
      signer,
      audience: everyone,
    });
  }

  #raft(loaded: LoadedLog, machine: Machine): AnyHost {
    const { genesis, context } = groundOf('raft');
    const { configuration, entry } = genesis;
    const keyring = new Keyring({ configuration, genesis: entry });
    const recovered = { ...loaded.recovered, applied: loaded.recovered.committed.index };
    const core = createRaft(
      this.#options(),
      { naming: context.naming, encodeContent, random: new Random(7) },
      recovered,
      this.clock.now(),
    );
    return new Host(this.#options(), {
      ...this.#surroundings(loaded, machine),
      core,
      wire: raftWire({ context }),
      verifier: new Verifier(new UnsignedChecks({ keyring, digest }), {
        encodeBody,
        encodeResults,
      }),
      signer: makeUnsigned({ self: SELF, digest }, { encodeBody }),
      audience: new WhoeverAsked(),
    });
  }

  #links(): Links {
    const { context } = groundOf(this.protocol);
    return {
      sendToPeer: () => {
        this.sent++;
        return true;
      },
      sendToClient: (_, frame) => {
        const decoded = decodeNodeToClientMessage(frame, context);
        if (!decoded.ok) throw new Broken(`says what no client reads: ${decoded.reason}`);
        this.#answers.push(decoded.value);
        return 1;
      },
      isClientConnected: (client) => !this.#closed.has(client),
      closePeer: (peer) => void this.#closed.add(peer),
      closeClient: (client) => void this.#closed.add(client),
      peers: () => new Map(),
    };
  }

  /** A closed link is dialed again before the next frame. */
  fromPeer(peer: NodeId, frame: Uint8Array): void {
    if (this.#closed.delete(peer)) this.host.peerConnected(peer);
    this.host.peerFrame(peer, frame);
  }

  fromClient(client: ClientId, frame: Uint8Array): void {
    if (this.#closed.delete(client)) this.host.clientDisconnected(client);
    this.host.clientFrame(client, frame);
  }

  /** Until nothing is deferred, and the memory database has nothing under way. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 2;) {
      const { deferred } = this.clock;
      this.clock.deferred = [];
      for (const callback of deferred) callback();
      await new Promise((resolve) => void setImmediate(resolve));
      idle = this.clock.deferred.length === 0 ? idle + 1 : 0;
    }
  }

  /** Every queue is within its bound. */
  checkQueues(): void {
    const { queues } = this.host.status();
    const { members, clients } = groundOf(this.protocol).genesis.configuration;
    const bounds: readonly (readonly [number, number])[] = [
      [queues.peerBytes, members.length * limits.peerQueueBytesMax],
      [queues.clientBytes, clients.length * limits.clientQueueBytesMax],
      [queues.lookups, limits.lookupsMax + limits.drainClientFramesMax],
      [queues.reads, clients.length * limits.readsPerClientMax],
      [queues.sends, members.length * limits.heldSendsMax],
      [queues.entryBytes, limits.applyQueueBytesMax + limits.batchBytesMax],
    ];
    for (const [is, bound] of bounds)
      if (is > bound)
        throw new Broken(`a queue of ${is}, where ${bound} are allowed: ${JSON.stringify(queues)}`);
  }

  /** What an honest client asks is answered. */
  async checkAnswers(client: ClientId): Promise<void> {
    const { genesis, keys, context } = groundOf(this.protocol);
    const secretKey = keys.secretOf(client) ?? new Uint8Array(32);
    const sign = makeClientSigner(
      { self: client, secretKey, clusterId: genesis.clusterId },
      { ed25519: fakeEd25519 },
    );
    const query = Uint8Array.of(0xff);
    const nonce = (++this.#reads).toString(16).padStart(32, 'f');
    const statement = { kind: 'read', client, nonce, queryDigest: context.digest(query) } as const;
    const read = { kind: 'read', statement, signature: sign(statement), query } as const;
    this.fromClient(client, encodeClientMessage(read));
    await this.settle();
    const isAnswered = this.#answers.some(
      (answer) => answer.kind === 'read-reply' && answer.signed.statement.nonce === nonce,
    );
    if (!isAnswered) throw new Broken('an honest client is not answered');
  }

  /** Our own faults, and those of a disk that never fails, are findings. */
  checkAlive(mayHalt: boolean): void {
    if (this.#failure === null || (mayHalt && this.#failure.code === 'halted')) return;
    const { cause } = this.#failure;
    throw cause instanceof Error ? cause : this.#failure;
  }

  async end(): Promise<void> {
    if (this.#failure === null) {
      void this.host.stop().catch(() => undefined);
      await this.settle();
    }
    await this.log.close();
  }
}
