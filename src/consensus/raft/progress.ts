/**
 * What a leader knows of one follower: nextIndex and matchIndex of figure 2, and how far it may send ahead of the
 * answers (pipelining, dissertation 10.2.2; the states are those of etcd's raft).
 */
import { limits } from '../../base/limits.ts';
import type { Entry } from '../model/entry.ts';
import type { LogIndex } from '../model/ids.ts';
import type { Mark } from './log.ts';
import { markOf } from './log.ts';

/** What a small entry takes beside its payload, so that bytes also bound a count. */
const ENTRY_OVERHEAD_BYTES = 256;

export class Progress {
  /** `probe`: one message at a time, until an answer shows where the logs agree. `replicate`: ahead of the answers. */
  #state: 'probe' | 'replicate' = 'probe';
  #match = 0 as LogIndex;
  #next: LogIndex;
  #previous: Mark | null;
  /** In `probe`: entries were sent, and the answer is not here. */
  #isAsking = false;
  /** In `replicate`: the messages that were not answered, oldest first. */
  readonly #inFlight: { readonly last: LogIndex; readonly bytes: number }[] = [];
  #inFlightBytes = 0;
  /** When anything was sent, and when anything was heard. Milliseconds, monotonic. */
  sentAtMs: number;
  heardAtMs: number;
  /** The highest leaderCommit that was sent. */
  toldCommitted = 0 as LogIndex;

  /** "nextIndex: initialized to leader last log index + 1." */
  constructor(last: Mark, nowMs: number) {
    this.#next = (last.index + 1) as LogIndex;
    this.#previous = last;
    this.sentAtMs = -Infinity;
    this.heardAtMs = nowMs;
  }

  get state(): 'probe' | 'replicate' {
    return this.#state;
  }

  /** The highest index known to be durable there. */
  get match(): LogIndex {
    return this.#match;
  }

  /** The first index to send. */
  get next(): LogIndex {
    return this.#next;
  }

  /** The entry before `next`; null where its term has to be loaded first. */
  get previous(): Mark | null {
    return this.#previous;
  }

  /** How much is kept, for checkers. */
  get sizes(): Readonly<Record<'inFlight' | 'inFlightBytes', number>> {
    return { inFlight: this.#inFlight.length, inFlightBytes: this.#inFlightBytes };
  }

  get hasRoom(): boolean {
    return this.#state === 'probe'
      ? !this.#isAsking
      : this.#inFlightBytes < limits.raftInFlightBytesMax;
  }

  /** Entries from `next` on are on their way. */
  sent(entries: readonly Entry[]): void {
    if (this.#state === 'probe') {
      this.#isAsking = true;
      return;
    }
    const last = entries.at(-1);
    if (last === undefined) return;
    const bytes = entries.reduce(
      (sum, each) => sum + each.payload.length + ENTRY_OVERHEAD_BYTES,
      0,
    );
    this.#previous = markOf(last);
    this.#next = (this.#previous.index + 1) as LogIndex;
    this.#inFlight.push({ last: this.#previous.index, bytes });
    this.#inFlightBytes += bytes;
  }

  /** "If successful: update nextIndex and matchIndex for follower." `mark` names the entry at `matched`, if known. */
  matched(matched: LogIndex, mark: Mark | null): void {
    if (matched > this.#match) this.#match = matched;
    if (this.#state === 'replicate') return this.#land();
    // What is below the place that is being probed says nothing of it.
    if (matched < this.#next - 1) return;
    this.#state = 'replicate';
    this.#isAsking = false;
    this.#moveTo(matched, mark);
  }

  #land(): void {
    let landed = 0;
    for (const { last, bytes } of this.#inFlight) {
      if (last > this.#match) break;
      this.#inFlightBytes -= bytes;
      landed++;
    }
    this.#inFlight.splice(0, landed);
  }

  /**
   * "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry", down to just above `agreeing`
   * at once. False for an answer that is older than what is known.
   */
  rejected(agreeing: LogIndex, mark: Mark | null): boolean {
    if (agreeing < this.#match || agreeing + 1 > this.#next) return false;
    if (this.#state === 'probe' && agreeing + 1 === this.#next) return false;
    this.#probeAt(agreeing, mark);
    return true;
  }

  /** The link broke: what was in flight may be lost. */
  reconnected(mark: Mark | null): void {
    if (this.#match > 0) this.#probeAt(this.#match, mark);
    else this.#isAsking = false;
  }

  /** `previous` was loaded. */
  located(previous: Mark): void {
    this.#previous = previous;
  }

  #probeAt(agreeing: LogIndex, mark: Mark | null): void {
    this.#state = 'probe';
    this.#isAsking = false;
    this.#inFlight.length = 0;
    this.#inFlightBytes = 0;
    this.#moveTo(agreeing, mark);
  }

  #moveTo(previous: LogIndex, mark: Mark | null): void {
    this.#next = (previous + 1) as LogIndex;
    this.#previous = mark;
  }
}
