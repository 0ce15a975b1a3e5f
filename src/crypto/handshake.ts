/**
 * L1: both ends of a link prove who they are before a byte of data. Two pure state machines, one per side, that a
 * node, a client in a browser and the simulator share: frames in, frames and verdicts out; whoever drives them keeps
 * the socket and the time.
 */
import { assert } from '../base/assert.ts';
import type { ClusterId, Epoch, NodeId, PublicKey, Signature } from '../consensus/model/ids.ts';
import type {
  Answer,
  Challenge,
  HandshakeFrame,
  Hello,
  LinkRole,
  Reject,
  RejectCode,
  Welcome,
} from '../consensus/model/handshake.ts';
import { NONCE_BYTES, PROTOCOL_VERSION } from '../consensus/model/handshake.ts';
import type { HandshakeStatement } from '../consensus/model/statement.ts';
import { signingBytes } from '../consensus/model/statement.ts';

export interface HandshakeDeps {
  /** Ed25519 under this end's own key. */
  readonly sign: (message: Uint8Array) => Signature;
  readonly verify: (signature: Signature, message: Uint8Array, key: PublicKey) => boolean;
  /** The key of a voter (`peer`) or of a client in the current configuration; null if there is none of that name. */
  readonly keyOf: (role: LinkRole, id: string) => PublicKey | null;
}

export interface InitiatorOptions {
  readonly clusterId: ClusterId;
  readonly role: LinkRole;
  /** This end's node or client id. */
  readonly id: string;
  /** The node that was dialed. */
  readonly acceptor: NodeId;
  readonly epoch: Epoch;
  /** Fresh for every link: `NONCE_BYTES` in hexadecimal. */
  readonly nonce: string;
}

export type InitiatorStep =
  | { readonly type: 'answer'; readonly frame: Answer }
  | { readonly type: 'connected' }
  | {
      readonly type: 'failed';
      /** Who found the fault: the acceptor's Reject is unsigned advice. */
      readonly by: 'acceptor' | 'initiator';
      readonly code: RejectCode;
      readonly reason: string;
    };

/** The side that dials. Send `hello` first, then give `receive` each frame until it is `connected` or `failed`. */
export class Initiator {
  readonly hello: Hello;
  readonly #options: InitiatorOptions;
  readonly #deps: HandshakeDeps;
  #acceptorNonce: string | null = null;
  #ended = false;

  constructor(options: InitiatorOptions, deps: HandshakeDeps) {
    assert(options.nonce.length === 2 * NONCE_BYTES, 'a nonce has its length');
    this.#options = options;
    this.#deps = deps;
    const { clusterId, role, id, nonce, epoch } = options;
    this.hello = { kind: 'hello', version: PROTOCOL_VERSION, clusterId, role, id, nonce, epoch };
  }

  receive(frame: HandshakeFrame): InitiatorStep {
    assert(!this.#ended, 'a handshake that ended receives nothing');
    const step = this.#step(frame);
    this.#ended = step.type !== 'answer';
    return step;
  }

  #step(frame: HandshakeFrame): InitiatorStep {
    if (frame.kind === 'reject')
      return { type: 'failed', by: 'acceptor', code: frame.code, reason: printable(frame.reason) };
    if (frame.kind === 'challenge' && this.#acceptorNonce === null) return this.#answer(frame);
    if (frame.kind === 'welcome' && this.#acceptorNonce !== null)
      return this.#connect(frame, this.#acceptorNonce);
    return failed('malformed', `a ${frame.kind} came out of turn`);
  }

  #answer(frame: Challenge): InitiatorStep {
    const { acceptor, epoch, clusterId, id } = this.#options;
    if (frame.id !== acceptor)
      return failed('unknown-id', `dialed ${acceptor}, but ${JSON.stringify(frame.id)} answered`);
    if (frame.epoch !== epoch)
      return failed('epoch', `${acceptor} is in epoch ${frame.epoch}, this end in ${epoch}`);
    this.#acceptorNonce = frame.nonce;
    const statement = this.#statement('initiator', frame.nonce);
    const signature = this.#deps.sign(signingBytes(clusterId, id, statement));
    return { type: 'answer', frame: { kind: 'answer', signature } };
  }

  #connect(frame: Welcome, acceptorNonce: string): InitiatorStep {
    const { acceptor, clusterId } = this.#options;
    const key = this.#deps.keyOf('peer', acceptor);
    if (key === null) return failed('unknown-id', `${acceptor} is no voter`);
    const message = signingBytes(clusterId, acceptor, this.#statement('acceptor', acceptorNonce));
    if (!this.#deps.verify(frame.signature, message, key))
      return failed('signature', `what answered as ${acceptor} does not hold its key`);
    return { type: 'connected' };
  }

  #statement(side: 'initiator' | 'acceptor', acceptorNonce: string): HandshakeStatement {
    const { role, id, acceptor, nonce, epoch } = this.#options;
    return statementOf(side, { role, id, nonce }, { id: acceptor, nonce: acceptorNonce }, epoch);
  }
}

export interface AcceptorOptions {
  readonly clusterId: ClusterId;
  readonly self: NodeId;
  readonly epoch: Epoch;
  readonly nonce: string;
}

export type AcceptorStep =
  | { readonly type: 'challenge'; readonly frame: Challenge }
  | {
      readonly type: 'accepted';
      readonly frame: Welcome;
      readonly role: LinkRole;
      /** Proven. */
      readonly id: string;
    }
  | { readonly type: 'rejected'; readonly frame: Reject };

/** The side that was dialed. Give `receive` each frame until it is `accepted` or `rejected`. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #deps: HandshakeDeps;
  #hello: { readonly frame: Hello; readonly key: PublicKey } | null = null;
  #ended = false;

  constructor(options: AcceptorOptions, deps: HandshakeDeps) {
    assert(options.nonce.length === 2 * NONCE_BYTES, 'a nonce has its length');
    this.#options = options;
    this.#deps = deps;
  }

  /** Whom the other end claims to be, once it said so: for log lines, never for trust. */
  get claimed(): Hello | null {
    return this.#hello?.frame ?? null;
  }

  receive(frame: HandshakeFrame): AcceptorStep {
    assert(!this.#ended, 'a handshake that ended receives nothing');
    const step = this.#step(frame);
    this.#ended = step.type !== 'challenge';
    return step;
  }

  #step(frame: HandshakeFrame): AcceptorStep {
    if (frame.kind === 'hello' && this.#hello === null) return this.#challenge(frame);
    if (frame.kind === 'answer' && this.#hello !== null)
      return this.#accept(frame, this.#hello.frame, this.#hello.key);
    return rejected('malformed', `a ${frame.kind} came out of turn`);
  }

  #challenge(hello: Hello): AcceptorStep {
    const { clusterId, self, epoch, nonce } = this.#options;
    if (hello.version !== PROTOCOL_VERSION)
      return rejected('version', `version ${hello.version}; this node speaks ${PROTOCOL_VERSION}`);
    if (hello.clusterId !== clusterId)
      return rejected('cluster', `this node does not serve cluster ${hello.clusterId}`);
    const key = this.#deps.keyOf(hello.role, hello.id);
    if (key === null) {
      const whom = hello.role === 'peer' ? 'voter' : 'client';
      return rejected('unknown-id', `no ${whom} of this cluster is ${JSON.stringify(hello.id)}`);
    }
    if (hello.role === 'peer' && hello.id >= self)
      return rejected('direction', `${self} dials ${hello.id}, not the other way`);
    if (hello.epoch !== epoch)
      return rejected('epoch', `epoch ${hello.epoch}; this node is in epoch ${epoch}`);
    this.#hello = { frame: hello, key };
    return { type: 'challenge', frame: { kind: 'challenge', id: self, nonce, epoch } };
  }

  #accept(answer: Answer, hello: Hello, key: PublicKey): AcceptorStep {
    const { clusterId, self, epoch, nonce } = this.#options;
    const acceptor = { id: self, nonce };
    const theirs = statementOf('initiator', hello, acceptor, epoch);
    if (!this.#deps.verify(answer.signature, signingBytes(clusterId, hello.id, theirs), key))
      return rejected('signature', `the answer is not signed with the key of ${hello.id}`);
    const ours = statementOf('acceptor', hello, acceptor, epoch);
    const signature = this.#deps.sign(signingBytes(clusterId, self, ours));
    const { role, id } = hello;
    return { type: 'accepted', frame: { kind: 'welcome', signature }, role, id };
  }
}

/** L1: both ids and both nonces; `side` keeps an end from being sent its own signature back. */
function statementOf(
  side: 'initiator' | 'acceptor',
  initiator: { readonly role: LinkRole; readonly id: string; readonly nonce: string },
  acceptor: { readonly id: NodeId; readonly nonce: string },
  epoch: Epoch,
): HandshakeStatement {
  return {
    kind: 'handshake',
    role: initiator.role,
    side,
    initiator: initiator.id,
    acceptor: acceptor.id,
    initiatorNonce: initiator.nonce,
    acceptorNonce: acceptor.nonce,
    epoch,
  };
}

/** A Reject, its reason cut to what a frame holds. */
export function reject(code: RejectCode, reason: string): Reject {
  return { kind: 'reject', code, reason: printable(reason) };
}

function rejected(code: RejectCode, reason: string): AcceptorStep {
  return { type: 'rejected', frame: reject(code, reason) };
}

function failed(code: RejectCode, reason: string): InitiatorStep {
  return { type: 'failed', by: 'initiator', code, reason };
}

/** A stranger's words reach logs and terminals: printable ASCII, and not many of them. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/gu, '?').slice(0, 200);
}
