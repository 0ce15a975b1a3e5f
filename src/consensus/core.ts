/**
 * The one interface of a consensus core: everything that can happen, and everything to be done about it, in order.
 * `tangaroa/` and `raft/` have it alike, each with messages `M` of its own; the host and the simulator run either.
 *
 * `step` never awaits, reads no clock and draws no random number. What it is given is its own to keep: values are
 * never changed after they were made.
 */
import type { Base, Certificate, CommitCertificate } from './model/certificate.ts';
import type { Content, Entry, Header } from './model/entry.ts';
import type { ClientId, Digest, Epoch, Hash, LogIndex, NodeId, Term } from './model/ids.ts';
import type { Body, EvidenceBody, PeerMessage, TermProof } from './model/message.ts';
import type { Position } from './model/position.ts';
import type { ClientRequest } from './model/request.ts';
import type { AppendEntriesStatement, NodeStatement, Signed } from './model/statement.ts';
import type { Verified } from './model/verified.ts';

/** Two clocks: one that only goes forward, for timeouts, and the wall clock, for entry timestamps. Milliseconds. */
export interface Now {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** A request that the machine has executed, or found void (C2): either way it waits no longer. */
export interface Executed {
  readonly client: ClientId;
  readonly requestDigest: Hash;
  readonly first: bigint;
  readonly count: number;
  /** Index of the entry that executed it, 0 for a void one. */
  readonly index: LogIndex;
  /** The session's highest executed acknowledged-up-to: requests at or below it are void. */
  readonly floor: bigint;
}

export type Ticket = number;

export type Input<M = PeerMessage> =
  /** At least every quarter of a heartbeat interval. */
  | { readonly type: 'tick'; readonly now: Now }
  /** From a link whose other end proved to be `from`; the signer of what it carries may be another node. */
  | {
      readonly type: 'received';
      readonly now: Now;
      readonly from: NodeId;
      readonly message: Verified<M>;
    }
  /** S1: `culprit` put something invalid under its own signature in this (epoch, term). */
  | {
      readonly type: 'accused';
      readonly now: Now;
      readonly culprit: NodeId;
      readonly epoch: Epoch;
      readonly term: Term;
      readonly reason: string;
    }
  /** A client's request that this node's machine does not know as executed or void. */
  | { readonly type: 'requested'; readonly now: Now; readonly request: Verified<ClientRequest> }
  /** All that had arrived was stepped: a leader batches now (N1). */
  | { readonly type: 'drained'; readonly now: Now }
  /** Every store effect up to and including `ticket` is durable. */
  | { readonly type: 'stored'; readonly now: Now; readonly ticket: Ticket }
  | {
      readonly type: 'applied';
      readonly now: Now;
      readonly index: LogIndex;
      readonly executed: readonly Executed[];
    }
  /** What a `load` effect asked for: at least the first of it. */
  | {
      readonly type: 'loaded';
      readonly now: Now;
      readonly peer: NodeId;
      readonly entries: readonly Entry[];
    }
  /** A link to a peer is up (M3: what it may have missed is sent again). */
  | { readonly type: 'connected'; readonly now: Now; readonly peer: NodeId }
  /** The operator wants this node to stop: it hands over the term that is its own, and only that. */
  | { readonly type: 'resign'; readonly now: Now };

/** What is written, all of one effect or nothing. */
export type StoreRecord =
  | { readonly type: 'entry'; readonly entry: Entry }
  /** An entry that neither the accepted chain nor E3 needs any more. */
  | { readonly type: 'drop'; readonly position: Position }
  | { readonly type: 'term'; readonly record: TermRecord }
  | { readonly type: 'accepted'; readonly record: AcceptedRecord }
  /** The highest certificate (`Base`); replaces the one before. */
  | { readonly type: 'prepared'; readonly certificate: Certificate }
  /** A commit certificate, kept under its index. */
  | { readonly type: 'commit'; readonly certificate: CommitCertificate }
  | { readonly type: 'evidence'; readonly body: EvidenceBody }
  | { readonly type: 'vote'; readonly record: VoteRecord }
  /** E5: why this node stopped, and the proof. Written by the host; a log that holds one is not opened again. */
  | {
      readonly type: 'halt';
      readonly code: string;
      readonly text: string;
      readonly proof: readonly PeerMessage[];
    };

/** D1, E3: where a node stands, what put it there, and its certificate for that term. */
export interface TermRecord {
  readonly epoch: Epoch;
  readonly term: Term;
  readonly proof: TermProof;
  /** E3's certificate for this term, fixed when the term was entered. */
  readonly lock: Base;
}

/** V3: the accepted position of the current term, durable by itself. */
export interface AcceptedRecord {
  readonly epoch: Epoch;
  readonly term: Term;
  readonly position: Position;
  /** N2's exception: no index at or below this one is named in this term any more; 0 without a switch of chains. */
  readonly silentUpTo: LogIndex;
}

/** Plain Raft's persistent state beside the log (Raft, figure 2). */
export interface VoteRecord {
  readonly term: Term;
  readonly votedFor: NodeId | null;
  /** As far as this node knew: Raft does without it, but a machine that lost its newest writes is brought up to it. */
  readonly committed: Position;
}

export type Level = 'debug' | 'info' | 'warn' | 'error';

export type Effect<M = PeerMessage> =
  | { readonly type: 'store'; readonly ticket: Ticket; readonly records: readonly StoreRecord[] }
  /** `after`: not before that ticket is durable; null: at once. `all` means every other voter. */
  | {
      readonly type: 'send';
      readonly to: NodeId | 'all';
      readonly message: M;
      readonly after: Ticket | null;
    }
  /** Committed, durable here, in order and without a gap. Answered by `applied`, one for each entry. */
  | { readonly type: 'apply'; readonly entries: readonly Entry[] }
  /**
   * A peer asks for committed entries from `from` on: the host reads them from the store, links the last of them by
   * headers to the nearest stored commit certificate or to `newest`, and sends Entries. Where no certificate reaches
   * up to `from`, because a crash lost the newest, `link` says what else proves the entries.
   */
  | {
      readonly type: 'serve';
      readonly to: NodeId;
      readonly from: LogIndex;
      readonly newest: CommitCertificate | null;
      readonly link: ServeLink | null;
    }
  /**
   * Plain Raft: a peer needs committed entries that are not in memory. The host reads from `from` on, of the prefix
   * `upTo`, as many as a fetch answer may carry, and answers with `loaded`; one at a time for each peer.
   */
  | {
      readonly type: 'load';
      readonly peer: NodeId;
      readonly from: LogIndex;
      readonly upTo: Position;
    }
  /** S4: this node has no room for the request now. */
  | { readonly type: 'overloaded'; readonly request: ClientRequest }
  | {
      readonly type: 'report';
      readonly level: Level;
      /** Stable, for machines: `entered-term`, `elected`, `evidence`, `suspect` … */
      readonly code: string;
      readonly text: string;
      readonly detail: Readonly<Record<string, string | number>>;
    }
  /**
   * More members lie than the protocol bears: more than f (E5), or any at all in plain Raft. The node stops, says what it
   * saw and keeps the proof, if there is one.
   */
  | {
      readonly type: 'halt';
      readonly code: string;
      readonly text: string;
      readonly proof: readonly PeerMessage[];
    };

/** From the commit index up to a head that the asker named, or that the leader signed. */
export interface ServeLink {
  readonly committed: Position;
  /** Above `committed`, up to the head. */
  readonly headers: readonly Header[];
  readonly leader: Signed<AppendEntriesStatement> | null;
}

/** What was durable when the node stopped. */
export interface Recovered {
  readonly genesis: Entry;
  readonly term: TermRecord | null;
  readonly accepted: AcceptedRecord | null;
  readonly prepared: Certificate | null;
  /** The newest stored commit certificate. */
  readonly commit: CommitCertificate | null;
  /** The higher of the newest commit certificate's position and the machine's applied position. */
  readonly committed: Position;
  /** Where the machine was: the host applies the entries from here to `committed` before it makes the core. */
  readonly applied: LogIndex;
  /** Headers of the committed chain, ascending, ending at `committed`; at most `limits.recentHeaders`. */
  readonly recent: readonly { readonly header: Header; readonly hash: Hash }[];
  /** Every stored entry above `committed`, ascending by index: several chains perhaps. */
  readonly tail: readonly Entry[];
  readonly evidence: readonly EvidenceBody[];
  /** Plain Raft's; null for any other core. */
  readonly vote: VoteRecord | null;
}

/** What a core is given beside its inputs: pure functions and its own key. */
export interface CoreDeps {
  readonly digest: Digest;
  /** Encodes a payload once (`wire/payload.ts`). */
  readonly encodeContent: (content: Exclude<Content, { kind: 'malformed' }>) => Uint8Array;
  /** Ed25519 under this node's key, which is deterministic (the simulator gives a cheap one). */
  readonly sign: <S extends NodeStatement>(statement: S) => Signed<S>;
  /** Makes and signs the message around a body (`wire/body.ts` knows its encoding). */
  readonly signBody: (body: Body) => PeerMessage;
}

export type RoleName = 'follower' | 'candidate' | 'leader';

/** For operators and checkers. */
export interface CoreStatus {
  readonly id: NodeId;
  readonly role: RoleName;
  readonly epoch: Epoch;
  readonly term: Term;
  /** The leader whose bundle was verified in this term, or null. */
  readonly leader: NodeId | null;
  readonly accepted: Position;
  readonly prepared: Position;
  readonly committed: Position;
  readonly applied: LogIndex;
  /** Requests held and not executed. */
  readonly pending: number;
  readonly pendingBytes: number;
  readonly evidence: readonly EvidenceBody[];
  /** Voters that want a later term, with the reason each signed: suspicion, never proof. */
  readonly suspicions: readonly {
    readonly voter: NodeId;
    readonly wanted: Term;
    readonly reason: string;
  }[];
  /** S3's exponent. */
  readonly backoff: number;
}

export interface Core<M = PeerMessage> {
  /** M6: whether the message, over the link of `from`, could change anything. Asked before a signature is checked. */
  wants(message: M, from: NodeId): boolean;
  /** Decides about one input. Effects are to be carried out in their order. */
  step(input: Input<M>): readonly Effect<M>[];
  /** The highest index known to be certified, whether this node holds its entry or not. */
  certified(): LogIndex;
  status(): CoreStatus;
}
