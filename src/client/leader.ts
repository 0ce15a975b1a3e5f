/**
 * Whom to send to first (C4). A belief, never trust: a wrong one costs a round trip, since followers forward and
 * silence sends to all. Nodes are asked for their status, and the leader that f+1 of them name, in the highest
 * (epoch, term), is believed in, so that no liar alone draws the traffic to itself.
 */
import type { VoterSets } from '../consensus/model/configuration.ts';
import { compareEpochTerm } from '../consensus/model/ids.ts';
import type { Epoch, NodeId, Term } from '../consensus/model/ids.ts';
import { isBlockingSet } from '../consensus/model/quorum.ts';
import type { Faults } from '../consensus/model/quorum.ts';
import type { ClientClock } from './ports.ts';

/** How often all nodes are asked: while no leader is known, and while one is known and there is work. */
const SEARCH_INTERVAL_MS = 200;
const CHECK_INTERVAL_MS = 3_000;
/** How long a leader that was silent is passed over, unless it is elected anew. */
const DISTRUST_MS = 2_000;

export interface LeaderReport {
  readonly epoch: Epoch;
  readonly term: Term;
  readonly leader: NodeId | null;
}

export class Leader {
  readonly #sets: VoterSets;
  readonly #faults: Faults;
  readonly #clock: ClientClock;
  readonly #ask: (node: NodeId) => void;
  readonly #linked: () => readonly NodeId[];
  readonly #reports = new Map<NodeId, LeaderReport>();
  #believed: LeaderReport | null = null;
  #distrusted: { readonly report: LeaderReport; readonly untilMs: number } | null = null;
  #askedMs = -Infinity;

  constructor(deps: {
    readonly sets: VoterSets;
    readonly faults: Faults;
    readonly clock: ClientClock;
    /** Asks a linked node for its status, unless it is being asked already. */
    readonly ask: (node: NodeId) => void;
    readonly linked: () => readonly NodeId[];
  }) {
    this.#sets = deps.sets;
    this.#faults = deps.faults;
    this.#clock = deps.clock;
    this.#ask = deps.ask;
    this.#linked = deps.linked;
  }

  /** The linked node that is believed to lead, or null: then everybody gets what is sent. */
  get current(): NodeId | null {
    return this.#believed?.leader ?? null;
  }

  linkUp(node: NodeId): void {
    this.#ask(node);
  }

  /** True where the leader was lost. */
  linkDown(node: NodeId): boolean {
    this.#reports.delete(node);
    if (this.current !== node) return false;
    this.#believed = null;
    this.#askedMs = -Infinity;
    return true;
  }

  reported(node: NodeId, report: LeaderReport): void {
    this.#reports.set(node, report);
    this.#decide();
  }

  /** `node` did not serve, or says that it will not; does nothing unless it is the leader that is believed in. */
  distrust(node: NodeId | null): void {
    if (node === null || this.#believed?.leader !== node) return;
    this.#distrusted = {
      report: this.#believed,
      untilMs: this.#clock.monotonicMs() + DISTRUST_MS,
    };
    this.#believed = null;
    this.#askedMs = -Infinity;
  }

  tick(nowMs: number, isBusy: boolean): void {
    const intervalMs = this.#believed === null ? SEARCH_INTERVAL_MS : CHECK_INTERVAL_MS;
    if (!isBusy || nowMs - this.#askedMs < intervalMs) return;
    this.#askedMs = nowMs;
    for (const node of this.#linked()) this.#ask(node);
  }

  #decide(): void {
    let best: LeaderReport | null = null;
    for (const report of this.#reports.values()) {
      if (report.leader === null || this.#isDistrusted(report)) continue;
      if (!this.#linked().includes(report.leader)) continue;
      if (best !== null && compareEpochTerm(report, best) <= 0) continue;
      if (isBlockingSet(this.#sets, this.#naming(report), this.#faults)) best = report;
    }
    this.#believed = best;
  }

  #naming(report: LeaderReport): ReadonlySet<NodeId> {
    const naming = new Set<NodeId>();
    for (const [node, other] of this.#reports)
      if (other.leader === report.leader && compareEpochTerm(other, report) === 0) naming.add(node);
    return naming;
  }

  #isDistrusted(report: LeaderReport): boolean {
    const distrusted = this.#distrusted;
    return (
      distrusted !== null &&
      distrusted.report.leader === report.leader &&
      compareEpochTerm(report, distrusted.report) <= 0 &&
      this.#clock.monotonicMs() < distrusted.untilMs
    );
  }
}
