/** The link to one node: dial, prove (L1), carry frames, dial again with bounded jittered backoff. */
import { limits } from '../base/limits.ts';
import type { Random } from '../base/random.ts';
import { toHex } from '../base/bytes.ts';
import { NONCE_BYTES } from '../consensus/model/handshake.ts';
import type { RejectCode } from '../consensus/model/handshake.ts';
import type { Member } from '../consensus/model/configuration.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { Initiator } from '../crypto/handshake.ts';
import { decodeHandshake, encodeHandshake } from '../wire/handshake.ts';
import type { Identity } from './identity.ts';
import type { ClientDeps, Connection } from './ports.ts';

/** A connection that takes longer is given up; the handshake has its own bound after that. */
const DIAL_TIMEOUT_MS = 5_000;

type State =
  | { readonly type: 'idle'; readonly retryAtMs: number }
  | { readonly type: 'dialing'; readonly connection: Connection; readonly sinceMs: number }
  | {
      readonly type: 'proving';
      readonly connection: Connection;
      readonly sinceMs: number;
      readonly initiator: Initiator;
    }
  | { readonly type: 'up'; readonly connection: Connection; readonly sinceMs: number }
  | { readonly type: 'closed' };

export interface LinkEvents {
  up(node: NodeId): void;
  down(node: NodeId): void;
  received(node: NodeId, frame: Uint8Array): void;
}

/** Why the node does not serve us. `code` is set where the handshake failed; a Reject is unsigned advice. */
export interface LinkFault {
  readonly reason: string;
  readonly code: RejectCode | null;
}

export class Link {
  readonly member: Member;
  readonly #identity: Identity;
  readonly #deps: ClientDeps;
  readonly #random: Random;
  readonly #events: LinkEvents;
  #state: State;
  #failures = 0;
  #fault: LinkFault | null = null;
  /** Counts connections, so that what a given-up one still says is not heard. */
  #dialed = 0;

  constructor(
    options: { readonly member: Member; readonly identity: Identity },
    deps: ClientDeps & { readonly random: Random; readonly events: LinkEvents },
  ) {
    this.member = options.member;
    this.#identity = options.identity;
    this.#deps = deps;
    this.#random = deps.random;
    this.#events = deps.events;
    this.#state = { type: 'idle', retryAtMs: 0 };
  }

  get isUp(): boolean {
    return this.#state.type === 'up';
  }

  /** What went wrong last; null while the link is up. */
  get fault(): LinkFault | null {
    return this.isUp ? null : this.#fault;
  }

  /** False where the link is down or its buffer is full (L2): the frame is lost, as on any network. */
  send(frame: Uint8Array): boolean {
    if (this.#state.type !== 'up') return false;
    const { connection } = this.#state;
    if (connection.bufferedBytes + frame.length > limits.clientQueueBytesMax) return false;
    connection.send(frame);
    return true;
  }

  /** Dials when its time has come and gives up what takes too long. */
  tick(nowMs: number): void {
    const state = this.#state;
    if (state.type === 'idle' && nowMs >= state.retryAtMs) this.#dial(nowMs);
    else if (state.type === 'dialing' && nowMs - state.sinceMs >= DIAL_TIMEOUT_MS)
      this.#end({ reason: 'does not answer', code: null });
    else if (state.type === 'proving' && nowMs - state.sinceMs >= limits.handshakeTimeoutMs)
      this.#end({ reason: 'the handshake took too long', code: 'timeout' });
  }

  /** Ends this connection; the next one is dialed after a pause. */
  drop(reason: string): void {
    this.#end({ reason, code: null });
  }

  close(): void {
    const state = this.#state;
    this.#state = { type: 'closed' };
    if ('connection' in state) state.connection.close();
  }

  #dial(nowMs: number): void {
    const dial = ++this.#dialed;
    const current = (): boolean => dial === this.#dialed;
    const connection = this.#deps.transport(this.member.address, {
      opened: () => {
        if (current()) this.#prove();
      },
      received: (frame) => {
        if (current()) this.#receive(frame);
      },
      closed: (reason) => {
        if (current()) this.#end({ reason, code: null });
      },
    });
    this.#state = { type: 'dialing', connection, sinceMs: nowMs };
  }

  #prove(): void {
    const state = this.#state;
    if (state.type !== 'dialing') return;
    const { clusterId, client, configuration, keyOf, sign } = this.#identity;
    const initiator = new Initiator(
      {
        clusterId,
        role: 'client',
        id: client.id,
        acceptor: this.member.id,
        epoch: configuration.epoch,
        nonce: toHex(this.#deps.randomBytes(NONCE_BYTES)),
      },
      {
        sign,
        verify: (signature, message, key) => this.#deps.ed25519.verify(signature, message, key),
        keyOf,
      },
    );
    const sinceMs = this.#deps.clock.monotonicMs();
    this.#state = { type: 'proving', connection: state.connection, sinceMs, initiator };
    state.connection.send(encodeHandshake(initiator.hello));
  }

  #receive(bytes: Uint8Array): void {
    const state = this.#state;
    if (state.type === 'up') this.#events.received(this.member.id, bytes);
    if (state.type !== 'proving') return;
    if (bytes.length > limits.handshakeFrameBytesMax)
      return this.#end({ reason: 'sent an oversized handshake frame', code: 'malformed' });
    const frame = decodeHandshake(bytes);
    if (!frame.ok)
      return this.#end({ reason: `sent no handshake frame: ${frame.reason}`, code: 'malformed' });
    const step = state.initiator.receive(frame.value);
    switch (step.type) {
      case 'answer':
        return state.connection.send(encodeHandshake(step.frame));
      case 'connected':
        this.#state = {
          type: 'up',
          connection: state.connection,
          sinceMs: this.#deps.clock.monotonicMs(),
        };
        this.#fault = null;
        return this.#events.up(this.member.id);
      case 'failed':
        return this.#end({
          reason: step.by === 'acceptor' ? `rejects this client: ${step.reason}` : step.reason,
          code: step.code,
        });
    }
  }

  #end(fault: LinkFault): void {
    const state = this.#state;
    if (state.type === 'closed' || state.type === 'idle') return;
    this.#dialed++;
    this.#fault = fault;
    const nowMs = this.#deps.clock.monotonicMs();
    // A link that breaks soon after it came up, as one to a node that sends rubbish would, starts no delay anew.
    if (state.type === 'up' && nowMs - state.sinceMs >= limits.linkStableMs) this.#failures = 0;
    const doublings = Math.min(this.#failures++, 10);
    const pauseMs = Math.min(limits.dialDelayMaxMs, limits.dialDelayMinMs * 2 ** doublings);
    const retryAtMs = nowMs + pauseMs / 2 + this.#random.below(pauseMs / 2 + 1);
    this.#state = { type: 'idle', retryAtMs };
    state.connection.close();
    if (state.type === 'up') this.#events.down(this.member.id);
  }
}
