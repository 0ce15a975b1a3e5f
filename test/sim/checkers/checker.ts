/**
 * What a checker sees of the honest nodes, and how it says that something is wrong. Every checker stands in a file of
 * its own, keeps its own books, and throws a `Violation` the moment they do not add up. Traitors are not looked at:
 * nothing is promised about them.
 */
import type {
  CoreStatus,
  Effect,
  Now,
  Recovered,
  StoreRecord,
} from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { HostStatus } from '../../../src/host/status.ts';
import { DamageError } from '../../../src/node/log-errors.ts';

/** A promise that was broken: which checker noticed, and what it saw. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly checker: string;

  constructor(checker: string, what: string) {
    super(`${checker}: ${what}`);
    this.checker = checker;
  }
}

/** D1: a log that its own node finds damaged has lost what it promised; anything else is the simulator's own fault. */
export function failureOf(node: NodeId, error: unknown): Error {
  if (error instanceof DamageError)
    return new Violation('running', `${node} cannot start: ${error.message}`);
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * A host that stopped by itself: because a checker threw inside it, or of its own accord, which is right after a write
 * that failed and never otherwise.
 */
export function stopOf(node: NodeId, error: unknown, hasDiskFailed: boolean): Violation | null {
  const { cause, message } = failureOf(node, error);
  if (cause instanceof Violation) return cause;
  return hasDiskFailed ? null : new Violation('running', `${node} stopped: ${message}`);
}

/** An entry that a node's machine has just applied, and what the machine then was. */
export interface Applied {
  readonly index: number;
  readonly hash: string;
  readonly stateDigest: string;
}

/** What a node says of itself in its log. */
export interface Report {
  readonly code: string;
  readonly text: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * Called in the order in which things happen; what a checker does not need it leaves out. One that looks at no message
 * `M` of a protocol, and at no state `S` of its core, is of use for all.
 */
export interface Checker<M = never, S = never> {
  /** Names it in the table of mutants. */
  readonly name: string;
  /** What it looked at, for the summary. */
  readonly tallies?: Readonly<Record<string, number>>;
  /** A node has read its disk and is about to run: what it remembers. */
  started?(node: NodeId, recovered: Recovered): void;
  /** Its process ended: what was not durable may be lost. */
  ended?(node: NodeId): void;
  /** Records on their way to the disk. */
  storing?(node: NodeId, records: readonly StoreRecord[]): void;
  /** The same records, durable now. */
  stored?(node: NodeId, records: readonly StoreRecord[]): void;
  applied?(node: NodeId, applied: Applied): void;
  /** The core is about to take a step: what it believes the time to be. */
  stepped?(node: NodeId, now: Now): void;
  /** The core took the step, and wants this done; `status` is what it says after it. */
  decided?(node: NodeId, effects: readonly Effect<M>[], status: () => CoreStatus): void;
  /** The core has just taken a verified message; `status` is what the core says after it. */
  received?(node: NodeId, from: NodeId, message: M, status: CoreStatus): void;
  /** Entries that the core calls committed. */
  committed?(node: NodeId, entries: readonly Entry[]): void;
  reported?(node: NodeId, report: Report): void;
  /** Every so often: what the node says of itself, and all that its core holds. */
  looked?(node: NodeId, status: HostStatus, state: S): void;
  /** The run is over, everything was answered and all honest nodes stand equal. */
  finished?(): void;
}
