/**
 * N4: per voter the highest accepted and prepared positions of this (epoch, term) that lie on the node's own chain,
 * and up to a window of later Responses that cannot be placed yet. N5: certificates made of them.
 */
import { assert } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import type { Certificate } from '../model/certificate.ts';
import type { VoterSets } from '../model/configuration.ts';
import type { Header } from '../model/entry.ts';
import type { LogIndex, NodeId, Term } from '../model/ids.ts';
import type { Position } from '../model/position.ts';
import { isQuorum, quorumValue } from '../model/quorum.ts';
import type { ResponseStatement, Signed } from '../model/statement.ts';
import type { Chain } from './chain.ts';

export type Phase = 'prepare' | 'commit';

interface Counted {
  readonly index: LogIndex;
  readonly signed: Signed<ResponseStatement>;
}

interface VoterTally {
  accepted: Counted | null;
  prepared: Counted | null;
  /** Not placed yet, in the order in which an honest voter said them. */
  waiting: Signed<ResponseStatement>[];
}

export class Tally {
  readonly #sets: VoterSets;
  readonly #voters = new Map<NodeId, VoterTally>();
  /** A position was placed since `settled`: a certificate may be new. */
  #changed = true;

  constructor(sets: VoterSets) {
    this.#sets = sets;
    for (const id of sets.flat())
      this.#voters.set(id, { accepted: null, prepared: null, waiting: [] });
  }

  /** Whether a certificate may be new. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Every certificate that could be made was made. */
  settled(): void {
    this.#changed = false;
  }

  /** Counts a Response of this (epoch, term), by signer: a later one only ever replaces a lower one. */
  record(signed: Signed<ResponseStatement>, chain: Chain): void {
    const tally = this.#voters.get(signed.signer);
    if (tally === undefined) return;
    if (this.#place(tally, signed, chain)) return;
    tally.waiting.push(signed);
    // They may have come in any order. What an honest voter says it prepared never falls (N2's exception).
    tally.waiting.sort(({ statement: a }, { statement: b }) => {
      return a.prepared.index - b.prepared.index || a.accepted.index - b.accepted.index;
    });
    if (tally.waiting.length > limits.unplacedPerVoterMax) tally.waiting.shift();
  }

  /** M6: whether the signer is known to have named at least as much in both positions: placed, or waiting for it. */
  covers({ signer, statement }: Signed<ResponseStatement>): boolean {
    const tally = this.#voters.get(signer);
    if (tally === undefined) return false;
    const { accepted, prepared, waiting } = tally;
    return [accepted?.signed, prepared?.signed, ...waiting].some(
      (known) =>
        known !== undefined &&
        known.statement.accepted.index >= statement.accepted.index &&
        known.statement.prepared.index >= statement.prepared.index,
    );
  }

  /** Tries again to place what waits: the node's own chain has grown or changed. */
  replace(chain: Chain): void {
    for (const tally of this.#voters.values()) {
      if (tally.waiting.length === 0) continue;
      tally.waiting = tally.waiting.filter((signed) => !this.#place(tally, signed, chain));
    }
  }

  /** After a change of chains (N2's exception) every position is placed anew. */
  rebuild(chain: Chain): void {
    for (const tally of this.#voters.values()) {
      const all = [tally.accepted, tally.prepared].flatMap((c) => (c === null ? [] : [c.signed]));
      tally.accepted = null;
      tally.prepared = null;
      tally.waiting = [...new Set([...all, ...tally.waiting])];
    }
    this.replace(chain);
  }

  /** True when nothing of the Response is left to place. */
  #place(tally: VoterTally, signed: Signed<ResponseStatement>, chain: Chain): boolean {
    const { accepted, prepared } = signed.statement;
    if (accepted.index > (tally.accepted?.index ?? 0) && chain.onPath(accepted)) {
      tally.accepted = { index: accepted.index, signed };
      this.#changed = true;
    }
    if (prepared.index > (tally.prepared?.index ?? 0) && chain.onPath(prepared)) {
      tally.prepared = { index: prepared.index, signed };
      this.#changed = true;
    }
    return isPlaced(accepted, chain) && isPlaced(prepared, chain);
  }

  /** How much is kept, for checkers: voters, and Responses of the one of which most wait to be placed. */
  get sizes(): Readonly<Record<'voters' | 'waiting', number>> {
    const waiting = [...this.#voters.values()].map((tally) => tally.waiting.length);
    return { voters: this.#voters.size, waiting: Math.max(0, ...waiting) };
  }

  /** The highest position that another voter's unplaced Response names: a reason to fetch (N2), with its signer. */
  beyond(
    chain: Chain,
    self: NodeId,
  ): { readonly voter: NodeId; readonly position: Position } | null {
    let best: { readonly voter: NodeId; readonly position: Position } | null = null;
    for (const [voter, tally] of this.#voters) {
      // What this node named before it was moved to another chain it does not want back.
      if (voter === self) continue;
      for (const { statement } of tally.waiting) {
        const position = statement.accepted;
        if (chain.onPath(position) || position.index <= chain.committed.index) continue;
        if (best === null || position.index > best.position.index) best = { voter, position };
      }
    }
    return best;
  }

  #indexOf(voter: NodeId, phase: Phase): number {
    const tally = this.#voters.get(voter);
    return (phase === 'prepare' ? tally?.accepted : tally?.prepared)?.index ?? 0;
  }

  /** N4: the q-th highest accepted (prepared) index on the node's own chain. */
  quorumIndex(phase: Phase): LogIndex {
    return quorumValue(this.#sets, (id) => this.#indexOf(id, phase)) as LogIndex;
  }

  /**
   * N4, N5: the certificate for the q-th highest index, with the headers up to the highest position counted; the
   * Responses that need the fewest headers are taken. Null if that index is not above `floor`, if its entry is of an
   * earlier term (it is carried by a later one, never counted), or if more than 64 headers were needed.
   */
  certificate<P extends Phase>(
    phase: P,
    term: Term,
    floor: LogIndex,
    chain: Chain,
  ): Certificate<P> | null {
    const index = this.quorumIndex(phase);
    if (index <= floor) return null;
    const first = chain.headerAt(index);
    if (first === null || first.header.term !== term) return null;
    const counted = this.#lowestQuorum(phase, index);
    const highest = Math.max(...counted.map((c) => c.index)) as LogIndex;
    if (highest - index + 1 > limits.certificateHeadersMax) return null;
    const headers: Header[] = [];
    for (let i = index; i <= highest; i++) {
      const linked = chain.headerAt(i);
      assert(linked !== null, 'counted positions lie on the own chain');
      headers.push(linked.header);
    }
    const responses = counted.map((c) => c.signed).sort((a, b) => (a.signer < b.signer ? -1 : 1));
    return { phase, headers, hash: first.hash, responses };
  }

  #lowestQuorum(phase: Phase, index: LogIndex): readonly Counted[] {
    const reaching = [...this.#voters.values()]
      .map((tally) => (phase === 'prepare' ? tally.accepted : tally.prepared))
      .filter((counted): counted is Counted => counted !== null && counted.index >= index)
      .sort((a, b) => a.index - b.index);
    const signers = new Set<NodeId>();
    const taken: Counted[] = [];
    for (const counted of reaching) {
      signers.add(counted.signed.signer);
      taken.push(counted);
      if (isQuorum(this.#sets, signers)) return taken;
    }
    return assertQuorum();
  }
}

function assertQuorum(): never {
  assert(false, 'a quorum reaches the q-th highest index');
}

/** None, below what can be told any more, or on the own chain. */
function isPlaced(position: Position, chain: Chain): boolean {
  return position.index <= chain.committed.index || chain.onPath(position);
}
