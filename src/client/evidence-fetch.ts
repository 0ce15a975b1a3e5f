/** V1: fetches the pieces of evidence that nodes name, and verifies them: one gather of `EvidenceReader`. */
import { limits } from '../base/limits.ts';
import { shown } from '../base/text.ts';
import type { EvidenceId } from '../consensus/model/evidence.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { decodeEvidenceAnswer, encodeEvidenceQuery } from '../wire/evidence.ts';
import { TangaroaError } from './errors.ts';
import type { EvidenceChecker, ProvenEvidence } from './evidence-proof.ts';
import type { CallOptions } from './ports.ts';
import type { Reads } from './reads.ts';

/** Pieces that are asked for at once: a quarter of what one client may ask of a node. */
const ASKED_MAX: number = limits.readsPerClientMax / 4;
/** Answers of one node that may be late: after so many it is asked for nothing more. */
const LATE_MAX: number = ASKED_MAX;

/** How one node does in one gather. */
export interface Holder {
  readonly node: NodeId;
  /** Pieces that it served and that hold. */
  served: number;
  late: number;
  /** Why it is asked for nothing more this time, as each question may take seconds; null while it is asked. */
  givenUp: string | null;
}

export function holderOf(node: NodeId): Holder {
  return { node, served: 0, late: 0, givenUp: null };
}

/** One piece that is to be fetched. */
interface Piece {
  readonly id: EvidenceId;
  readonly holders: readonly Holder[];
  /** Who did not answer for it, and why: that says nothing of the evidence, the node may be slow and honest. */
  readonly silent: Map<Holder, string>;
  readonly isAgain: boolean;
}

/** What a node named and could not prove. */
export type Refute = (holder: Holder, id: EvidenceId, reason: string) => void;

export interface FetchDeps {
  readonly checker: EvidenceChecker;
  readonly ask: Reads['ask'];
  /** Filled. */
  readonly proven: Map<EvidenceId, ProvenEvidence>;
  readonly refute: Refute;
}

export class EvidenceFetch {
  readonly #deps: FetchDeps;
  readonly #options: CallOptions;
  /** In order; what was late stands at the end once more. */
  readonly #pieces: Piece[];
  #next = 0;

  constructor(
    named: ReadonlyMap<EvidenceId, readonly Holder[]>,
    options: CallOptions,
    deps: FetchDeps,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.#pieces = [...named].map(([id, holders]) => ({
      id,
      holders,
      silent: new Map<Holder, string>(),
      isAgain: false,
    }));
  }

  /** So many at a time: an answer that is late holds up none of the others. */
  async run(): Promise<void> {
    const work = async (): Promise<void> => {
      while (this.#next < this.#pieces.length) {
        const piece = this.#pieces[this.#next++] as Piece;
        await this.#fetch(piece);
        if (!this.#deps.proven.has(piece.id)) this.#putOff(piece);
      }
    };
    await Promise.all(Array.from({ length: ASKED_MAX }, work));
  }

  /** Once more of those that were slow with it, when all others were asked for; else nobody proved it. */
  #putOff(piece: Piece): void {
    const { id, silent, isAgain } = piece;
    const slow = [...silent.keys()].filter(({ givenUp }) => givenUp === null);
    if (slow.length > 0 && !isAgain) this.#pieces.push({ ...piece, holders: slow, isAgain: true });
    else for (const [holder, reason] of silent) this.#deps.refute(holder, id, reason);
  }

  /** From one holder after the other until what it serves holds; who was late most often comes last. */
  async #fetch({ id, holders, silent }: Piece): Promise<void> {
    for (const holder of [...holders].sort((a, b) => a.late - b.late)) {
      if (this.#deps.proven.has(id)) return;
      const { givenUp } = holder;
      if (givenUp === null) {
        const why = await this.#fetchFrom(id, holder);
        if (why === null) silent.delete(holder);
        else silent.set(holder, why);
      } else if (!silent.has(holder)) silent.set(holder, `it was not asked: ${givenUp}`);
    }
  }

  /** @returns why no answer came, or null where one did, be it true or not */
  async #fetchFrom(id: EvidenceId, holder: Holder): Promise<string | null> {
    const servedBefore = holder.served;
    try {
      const query = encodeEvidenceQuery(id);
      const { result } = await this.#deps.ask(holder.node, query, this.#options);
      const reason = this.#take(id, result);
      if (reason !== null) return this.#refuted(id, holder, reason);
      holder.served++;
      return null;
    } catch (error) {
      if (!(error instanceof TangaroaError) || error.code === 'aborted' || error.code === 'closed')
        throw error;
      // A refusal's own words may be part of it.
      const reason = `it did not serve it: ${shown(error.message)}`;
      if (!error.retryable) return this.#refuted(id, holder, reason);
      // Who served others meanwhile is slow; who served none may be so for ever.
      if (holder.served === servedBefore || ++holder.late >= LATE_MAX)
        holder.givenUp = 'it was late with another one';
      return reason;
    }
  }

  #refuted(id: EvidenceId, holder: Holder, reason: string): null {
    holder.givenUp = 'it did not prove another one';
    this.#deps.refute(holder, id, reason);
    return null;
  }

  /** Null where what was served holds, else why it does not. */
  #take(id: EvidenceId, result: Uint8Array): string | null {
    const decoded = decodeEvidenceAnswer(result);
    if (!decoded.ok) return `what it serves is no evidence: ${decoded.reason}`;
    if (decoded.value === null) return 'it names this evidence and does not serve it';
    const verdict = this.#deps.checker.body(decoded.value);
    if (!verdict.ok) return `what it serves does not hold: ${verdict.reason}`;
    if (verdict.evidence.id !== id) return 'what it serves is other evidence than it names';
    this.#deps.proven.set(id, verdict.evidence);
    return null;
  }
}
