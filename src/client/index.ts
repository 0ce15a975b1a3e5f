/** The client library for a browser: `import { TangaroaClient, browserDeps } from 'tangaroa/client'`. */
export { TangaroaClient } from './client.ts';
export type { ClientOptions } from './client.ts';
export { TangaroaError, describeMissing } from './errors.ts';
export type { ErrorOutcome, MissingNode, TangaroaErrorCode } from './errors.ts';
export type { EvidenceReport, HeldEvidence, UnprovenEvidence } from './evidence.ts';
export { EvidenceChecker, verifyEvidence } from './evidence-proof.ts';
export type { EvidenceDeps, EvidenceVerdict, ProvenEvidence } from './evidence-proof.ts';
export { revisionIndex, revisionOrder } from './api.ts';
export type {
  Bytes,
  Compare,
  Consistency,
  DeleteAnswer,
  GetAnswer,
  IncrementAnswer,
  Item,
  Operation,
  OperationAnswer,
  PageOptions,
  Provenance,
  PutAnswer,
  ReadOptions,
  Relation,
  Revision,
  ScanOptions,
  ScanPage,
  ScanRange,
  Transaction,
  TransactionAnswer,
  Value,
} from './api.ts';
export type {
  AbortSignalLike,
  CallOptions,
  ClientClock,
  ClientDeps,
  Connection,
  ConnectionEvents,
  Transport,
} from './ports.ts';
export type { NodeReport, NodeStatus } from './status.ts';
export type { Check, MakeTrust, Trust, TrustDeps, TrustOptions } from './trust.ts';
export { browserDeps } from './browser.ts';
export type { BrowserGlobals } from './browser.ts';
export { webSocketTransport } from './websocket.ts';
export type { WebSocketConstructor, WebSocketLike, WebSocketOptions } from './websocket.ts';
export { parseGenesis } from '../wire/genesis.ts';
export type { Genesis, GenesisResult } from '../wire/genesis.ts';
export { portableDigest } from '../crypto/digest.ts';
export { portableEd25519 } from '../crypto/ed25519.ts';
