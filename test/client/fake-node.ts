/** One node of the fake cluster: honest until a test says otherwise. */
import { toHex, utf8 } from '../../src/base/bytes.ts';
import type { Connection, ConnectionEvents } from '../../src/client/ports.ts';
import type { Epoch, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import { evidenceId, subjectOf } from '../../src/consensus/model/evidence.ts';
import type {
  EvidenceBody,
  NodeToClientMessage,
  Read,
  RefusalCode,
} from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { Acceptor } from '../../src/crypto/handshake.ts';
import type { HandshakeDeps } from '../../src/crypto/handshake.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { makeSigner } from '../../src/crypto/sign.ts';
import type { Signer } from '../../src/crypto/sign.ts';
import { makeUnsigned } from '../../src/crypto/unsigned.ts';
import { decodeQuery, encodeQueryResult } from '../../src/machine/query.ts';
import type { QueryResult } from '../../src/machine/query.ts';
import { encodeBody } from '../../src/wire/body.ts';
import {
  decodeClientMessage,
  encodeNodeToClientMessage,
  encodeResults,
} from '../../src/wire/client.ts';
import {
  decodeEvidenceQuery,
  encodeEvidenceAnswer,
  EVIDENCE_QUERY,
} from '../../src/wire/evidence.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import { fakeEd25519 } from '../fixtures-crypto.ts';
import type { FakeCluster } from './fake-cluster.ts';
import type { Executed } from './model-session.ts';

interface Socket {
  open: boolean;
  accepted: boolean;
  readonly acceptor: Acceptor;
  readonly events: ConnectionEvents;
}

export class FakeNode {
  readonly id: NodeId;
  up = true;
  /** Up and linked, but orders nothing as leader. */
  stalls = false;
  /** Answers nothing at all. */
  mute = false;
  /** What it signs instead of the truth. */
  lie: ((truth: Executed) => Executed) | null = null;
  /** Breaks its signatures. */
  forges = false;
  replyEpoch = 0 as Epoch;
  refuses: RefusalCode | null = null;
  refusesReads: RefusalCode | null = null;
  /** What it says of the session instead of the truth. */
  sessionLie: bigint | null = null;
  /** Whom it names as leader instead of the truth. */
  leaderLie: { readonly leader: NodeId; readonly term: number } | null = null;
  /** V1: what it holds, and what it does when it is asked for a piece: by default it serves what it holds. */
  evidence: readonly EvidenceBody[] = [];
  serveEvidence: (query: Uint8Array) => Uint8Array = (query) => this.#evidence(query);
  /** Ids that it names beside those of what it holds. */
  evidenceLie: readonly unknown[] = [];
  clusterId: string;
  /** Everything it got, in order. */
  readonly requests: ClientRequest[] = [];
  readonly frames: string[] = [];
  readonly reads: Read[] = [];
  dials = 0;
  readonly #cluster: FakeCluster;
  readonly #secretKey: Uint8Array;
  readonly #sockets = new Set<Socket>();

  constructor(cluster: FakeCluster, id: NodeId, secretKey: Uint8Array) {
    this.#cluster = cluster;
    this.id = id;
    this.#secretKey = secretKey;
    this.clusterId = cluster.genesis.clusterId;
  }

  get links(): number {
    return [...this.#sockets].filter(({ accepted }) => accepted).length;
  }

  accept(events: ConnectionEvents): Connection {
    const { clock } = this.#cluster;
    this.dials++;
    const socket: Socket = { open: this.up, accepted: false, acceptor: this.#acceptor(), events };
    clock.after(1, () => {
      if (!this.up || !socket.open) return this.#end(socket, 'connection refused');
      this.#sockets.add(socket);
      events.opened();
    });
    return {
      send: (frame) => this.#carry(socket, frame, () => this.#receive(socket, frame)),
      bufferedBytes: 0,
      close: () => clock.after(0, () => this.#end(socket, 'closed')),
    };
  }

  stop(): void {
    this.up = false;
    this.breakLinks();
  }

  start(): void {
    this.up = true;
    this.#cluster.goOn();
  }

  breakLinks(): void {
    for (const socket of this.#sockets) this.#end(socket, 'connection reset');
  }

  reply({ statement, digest }: ClientRequest, truth: Executed): void {
    const { index, results } = this.lie?.(truth) ?? truth;
    const signed = this.#signer().sign({
      kind: 'client-reply',
      epoch: this.replyEpoch,
      client: statement.client,
      first: statement.first,
      requestDigest: digest,
      index: index as LogIndex,
      resultsDigest: portableDigest(encodeResults(results)),
    });
    this.say({ kind: 'client-reply', signed, results });
  }

  /** To every link of the client. */
  say(message: NodeToClientMessage): void {
    if (this.mute || !this.up) return;
    const { signed } = message;
    const signature = this.forges ? signed.signature.map((byte) => byte ^ 1) : signed.signature;
    const frame = encodeNodeToClientMessage({
      ...message,
      signed: { ...signed, signature },
    } as NodeToClientMessage);
    this.sayBytes(frame);
  }

  sayBytes(frame: Uint8Array): void {
    for (const socket of this.#sockets)
      if (socket.accepted) this.#carry(socket, frame, () => socket.events.received(frame));
  }

  #carry(socket: Socket, frame: Uint8Array, arrive: () => void): void {
    if (!socket.open) return;
    const delays = socket.accepted ? this.#cluster.plan(frame) : [1];
    for (const delay of delays)
      this.#cluster.clock.after(delay, () => {
        if (socket.open) arrive();
      });
  }

  #end(socket: Socket, reason: string): void {
    const known = this.#sockets.delete(socket);
    if (!socket.open && !known && !reason.includes('refused')) return;
    socket.open = false;
    socket.events.closed(reason);
  }

  #receive(socket: Socket, frame: Uint8Array): void {
    if (!this.up) return;
    if (!socket.accepted) return this.#handshake(socket, frame);
    this.frames.push(toHex(frame));
    const { clusterId } = this.#cluster.genesis;
    const decoded = decodeClientMessage(frame, { clusterId, digest: portableDigest });
    if (!decoded.ok) throw new Error(`the client sent a malformed frame: ${decoded.reason}`);
    if (decoded.value.kind === 'read') this.#read(decoded.value);
    else this.#request(decoded.value.request);
  }

  #handshake(socket: Socket, frame: Uint8Array): void {
    const decoded = decodeHandshake(frame);
    if (!decoded.ok) throw new Error(decoded.reason);
    const step = socket.acceptor.receive(decoded.value);
    const bytes = encodeHandshake(step.frame);
    this.#carry(socket, bytes, () => socket.events.received(bytes));
    if (step.type === 'accepted') socket.accepted = true;
    if (step.type === 'rejected')
      this.#cluster.clock.after(2, () => this.#end(socket, `rejected: ${step.frame.reason}`));
  }

  #request(request: ClientRequest): void {
    this.requests.push(request);
    if (this.refuses !== null) return this.refuse(this.refuses, request.statement.first);
    const known = this.#cluster.machine.known(request);
    if (known !== null) this.reply(request, known);
    else this.#cluster.order(request);
  }

  refuse(code: RefusalCode, first: bigint): void {
    this.say(this.#signer().signRefusal({ code, first, detail: `because ${code}` }));
  }

  #read(read: Read): void {
    this.reads.push(read);
    const half = BigInt(`0x${read.statement.nonce.slice(0, 16)}`);
    if (this.refusesReads !== null && read.query[0] !== 0xff)
      return this.refuse(this.refusesReads, half);
    const result = this.#answer(read.query);
    const signed = this.#signer().sign({
      kind: 'read-reply',
      epoch: this.replyEpoch,
      nonce: read.statement.nonce,
      queryDigest: read.statement.queryDigest,
      applied: this.#cluster.machine.index as LogIndex,
      prepared: this.#cluster.machine.index as LogIndex,
      resultDigest: portableDigest(result),
    });
    this.say({ kind: 'read-reply', signed, result });
  }

  #answer(query: Uint8Array): Uint8Array {
    if (query[0] === 0xff) return this.#status();
    return query[0] === EVIDENCE_QUERY ? this.serveEvidence(query) : this.#query(query);
  }

  #evidenceId(body: EvidenceBody): string {
    return evidenceId(this.#cluster.genesis.clusterId, subjectOf(body), portableDigest);
  }

  #evidence(query: Uint8Array): Uint8Array {
    const id = decodeEvidenceQuery(query);
    if (!id.ok) throw new Error(id.reason);
    const held = this.evidence.find((body) => this.#evidenceId(body) === id.value);
    return encodeEvidenceAnswer(held ?? null);
  }

  #status(): Uint8Array {
    const { leader, term } = this.leaderLie ?? {
      leader: this.#cluster.leader.up ? this.#cluster.leader.id : null,
      term: this.#cluster.term,
    };
    const ids = [...this.evidence.map((body) => this.#evidenceId(body)), ...this.evidenceLie];
    const evidence = ids.map((id) => ({ id }));
    const said = { id: this.id, role: 'follower', epoch: 0, term, leader };
    return utf8(JSON.stringify({ ...said, core: { ...said, evidence } }));
  }

  #query(bytes: Uint8Array): Uint8Array {
    const decoded = decodeQuery(bytes);
    if (!decoded.ok) throw new Error(decoded.reason);
    const query = decoded.value;
    const { machine } = this.#cluster;
    if (query.type === 'session')
      return encodeQueryResult({
        type: 'session',
        acknowledged: machine.floor,
        executed: this.sessionLie ?? machine.executed,
      });
    if (query.type === 'state') throw new Error('no client asks for the state');
    return encodeQueryResult(machine.run(query, { index: 0, order: 0 }) as QueryResult);
  }

  #signer(): Signer {
    const { clusterId, document } = this.#cluster.genesis;
    if (document.protocol === 'raft')
      return makeUnsigned({ self: this.id, digest: portableDigest }, { encodeBody });
    return makeSigner(
      { self: this.id, secretKey: this.#secretKey, clusterId, digest: portableDigest },
      { ed25519: fakeEd25519, encodeBody },
    );
  }

  #acceptor(): Acceptor {
    const { genesis } = this.#cluster;
    const { members, clients } = genesis.configuration;
    const deps: HandshakeDeps = {
      sign: (message) => fakeEd25519.sign(message, this.#secretKey),
      verify: (signature, message, key) => fakeEd25519.verify(signature, message, key),
      keyOf: (role, id) =>
        (role === 'peer' ? members : clients).find((each) => each.id === id)?.publicKey ?? null,
    };
    return new Acceptor(
      {
        clusterId: this.clusterId as typeof genesis.clusterId,
        self: this.id,
        epoch: 0 as Epoch,
        nonce: '22'.repeat(32),
      },
      deps,
    );
  }
}
