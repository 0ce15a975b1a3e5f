/** What a host is given to run one protocol and not another. */
import type { Core } from '../consensus/core.ts';
import type { Decoded } from '../base/binary.ts';
import type { NodeId, Term } from '../consensus/model/ids.ts';
import type { EntriesBody } from '../consensus/model/message.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import type { RecheckBudget } from '../crypto/recheck-budget.ts';
import type { Signer } from '../crypto/sign.ts';
import type { Verdict } from '../crypto/verdict.ts';
import type { Verifier } from '../crypto/verify.ts';
import type { Audience } from './audience.ts';

/** What every message between peers has. */
export interface AnyMessage {
  readonly kind: string;
}

export interface Arrival<M> {
  readonly from: NodeId;
  readonly message: M;
}

/** Messages between peers on their way out and in. */
export interface PeerWire<M> {
  readonly encode: (message: M) => Uint8Array;
  readonly decode: (frame: Uint8Array) => Decoded<M>;
  /** The order in which messages that arrived together are looked at. */
  readonly arrange: <A extends Arrival<M>>(arrivals: readonly A[]) => readonly A[];
  /** How many signatures `verify` checks at most. */
  readonly signatures: (message: M) => number;
  /** How many were checked so far: what is remembered is not checked again (M6). */
  readonly checked: () => number;
  /** The client requests among them. */
  readonly requests: (message: M) => readonly ClientRequest[];
  /** Checks one of those ahead of `verify`, which remembers it (M6); false where `verify` will find the fault. */
  readonly prepare: (message: M, request: ClientRequest, budget: RecheckBudget) => boolean;
  /** Whether a message that was wanted (M6) and verified brings what a node of `term` waits for: entries or requests. */
  readonly isNews: (message: M, term: () => Term) => boolean;
  readonly verify: (message: M, budget: RecheckBudget) => Verdict<M>;
  /** The answer to a peer's fetch of committed entries (`serve`). */
  readonly entries: (body: EntriesBody) => M;
}

export interface Protocol<M extends AnyMessage> {
  readonly core: Core<M>;
  readonly wire: PeerWire<M>;
  /** Of what clients send. */
  readonly verifier: Pick<Verifier, 'request' | 'read'>;
  /** Of what clients are told. */
  readonly signer: Pick<Signer, 'sign' | 'signRefusal'>;
  readonly audience: Audience;
}
