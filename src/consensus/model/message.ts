/** The messages between peers, and between clients and nodes (section 2). */
import type {
  Certificate,
  CommitCertificate,
  PrepareCertificate,
  SuspicionCertificate,
  VoteBundle,
} from './certificate.ts';
import type { Entry, Header } from './entry.ts';
import type { Epoch, LogIndex, NodeId, Signature } from './ids.ts';
import type { Position } from './position.ts';
import type { ClientRequest, ReplyStatement } from './request.ts';
import type {
  AppendEntriesStatement,
  BodyStatement,
  ReadReplyStatement,
  ReadStatement,
  RequestVoteStatement,
  ResponseStatement,
  Signed,
  SuspectStatement,
  TransferLeadershipStatement,
  VoteRefusalStatement,
  VoteStatement,
} from './statement.ts';

export interface AppendEntries {
  readonly kind: 'append-entries';
  readonly signed: Signed<AppendEntriesStatement>;
  /** From previous.index + 1 to head.index; empty for a heartbeat. */
  readonly entries: readonly Entry[];
  /** N6: the leader's newest, now and then. */
  readonly commit: CommitCertificate | null;
}

export interface AppendEntriesResponse {
  readonly kind: 'append-entries-response';
  readonly signed: Signed<ResponseStatement>;
}

export interface Suspect {
  readonly kind: 'suspect';
  readonly signed: Signed<SuspectStatement>;
  /** The sender's highest; null while that is the genesis of the epoch. */
  readonly certificate: Certificate | null;
}

export interface RequestVote {
  readonly kind: 'request-vote';
  readonly signed: Signed<RequestVoteStatement>;
  /** Proves `signed.statement.baseRank`; null for the genesis of the epoch. */
  readonly certificate: Certificate | null;
  /** Null for firstTerm, which needs none (E1). */
  readonly suspicion: SuspicionCertificate | null;
}

export interface Vote {
  readonly kind: 'vote';
  readonly signed: Signed<VoteStatement>;
}

export interface VoteRefusal {
  readonly kind: 'vote-refusal';
  readonly signed: Signed<VoteRefusalStatement>;
  /** Proves the refuser's higher base. The genesis of an epoch never outranks anything. */
  readonly certificate: Certificate;
}

export interface TransferLeadership {
  readonly kind: 'transfer-leadership';
  readonly signed: Signed<TransferLeadershipStatement>;
}

/** Asks for the entries from `from` up to `head`, a position that the asker knows or was told of (D3). */
export interface FetchEntriesBody {
  readonly from: LogIndex;
  readonly head: Position;
}

/**
 * Answers with as many entries from `entries[0].header.index` on as fit, and the headers that link the last of them
 * to a proven position: the asked-for head, the head of `leader`, or the position of `commit`. Nothing unproven is
 * ever held (D3).
 */
export interface EntriesBody {
  readonly entries: readonly Entry[];
  /** From the index after the last entry up to the proven position; empty if that is the last entry itself. */
  readonly headers: readonly Header[];
  /** The newest AppendEntries statement of the term's leader that covers the proven position (N2). */
  readonly leader: Signed<AppendEntriesStatement> | null;
  readonly commit: CommitCertificate | null;
}

export interface ForwardBody {
  readonly requests: readonly ClientRequest[];
}

/** M4: what put a node into its (epoch, term). */
export type TermProof =
  | { readonly type: 'genesis' }
  | { readonly type: 'suspicion'; readonly certificate: SuspicionCertificate }
  | { readonly type: 'bundle'; readonly bundle: VoteBundle }
  | { readonly type: 'prepare'; readonly certificate: PrepareCertificate }
  | { readonly type: 'commit'; readonly certificate: CommitCertificate };

/** M5. Configuration entries with their commit certificates come first (section 8). */
export interface ProofBody {
  readonly term: TermProof;
  /** The sender's newest commit certificate: what the asker may be missing besides the term. */
  readonly commit: CommitCertificate | null;
}

/** One half of a contradiction: a signed statement and the headers from the conflicting index to what it names. */
export interface Testimony {
  readonly signed: Signed<AppendEntriesStatement> | Signed<ResponseStatement>;
  /**
   * From the conflicting index up to a position that an AppendEntries statement names; empty if the statement names
   * the conflicting index itself. Always empty for a Response, which speaks of the indexes alone that it names: after
   * N2's exception an honest voter names higher positions on another chain than what it named below (V3).
   */
  readonly headers: readonly Header[];
}

/** V1: two statements of one signer and one (epoch, term) with different hashes at one index. */
export interface EvidenceBody {
  readonly culprit: NodeId;
  readonly epoch: Epoch;
  readonly index: LogIndex;
  readonly first: Testimony;
  readonly second: Testimony;
}

export interface FetchEntries {
  readonly kind: 'fetch-entries';
  readonly signed: Signed<BodyStatement>;
  readonly body: FetchEntriesBody;
}
export interface Entries {
  readonly kind: 'entries';
  readonly signed: Signed<BodyStatement>;
  readonly body: EntriesBody;
}
export interface Forward {
  readonly kind: 'forward';
  readonly signed: Signed<BodyStatement>;
  readonly body: ForwardBody;
}
export interface Proof {
  readonly kind: 'proof';
  readonly signed: Signed<BodyStatement>;
  readonly body: ProofBody;
}
export interface Evidence {
  readonly kind: 'evidence';
  readonly signed: Signed<BodyStatement>;
  readonly body: EvidenceBody;
}

/** What travels between peers. */
export type PeerMessage =
  | AppendEntries
  | AppendEntriesResponse
  | Suspect
  | RequestVote
  | Vote
  | VoteRefusal
  | TransferLeadership
  | FetchEntries
  | Entries
  | Forward
  | Proof
  | Evidence;

/** The bodies whose digest is signed, by kind: what the core hands over to be signed and sent. */
export type Body =
  | { readonly kind: 'fetch-entries'; readonly body: FetchEntriesBody }
  | { readonly kind: 'entries'; readonly body: EntriesBody }
  | { readonly kind: 'forward'; readonly body: ForwardBody }
  | { readonly kind: 'proof'; readonly body: ProofBody }
  | { readonly kind: 'evidence'; readonly body: EvidenceBody };

/** client → node. */
export interface Read {
  readonly kind: 'read';
  readonly statement: ReadStatement;
  readonly signature: Signature;
  readonly query: Uint8Array;
}

/** node → client. */
export interface ClientReply {
  readonly kind: 'client-reply';
  readonly signed: Signed<ReplyStatement>;
  readonly results: readonly Uint8Array[];
}
export interface ReadReply {
  readonly kind: 'read-reply';
  readonly signed: Signed<ReadReplyStatement>;
  readonly result: Uint8Array;
}
/** node → client: one node will not take a request (now). Advice of one node, never a verdict of the cluster. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly signed: Signed<BodyStatement>;
  readonly body: RefusalBody;
}
export type RefusalCode =
  'overloaded' | 'invalid-request' | 'unknown-client' | 'forbidden' | 'too-large' | 'stopping';
export interface RefusalBody {
  readonly code: RefusalCode;
  /** First sequence number of the refused request, or the nonce of the refused read as a number: 0 if neither. */
  readonly first: bigint;
  /** For a person: what was wrong and what to do. */
  readonly detail: string;
}

export type ClientMessage =
  { readonly kind: 'client-request'; readonly request: ClientRequest } | Read;
export type NodeToClientMessage = ClientReply | ReadReply | Refusal;
