/**
 * What one peer makes a node serve of its log (D3, L2). What it is served for the first time goes as fast as a node that
 * was away has to catch up, and ends with the log. What it was served before it is served again: an answer may be lost
 * with its link or refused, a node may crash before it stored one. But that has no end, so it is paid from an allowance
 * of its own, of which all peers have equal parts: whatever their number, the traitors among them take a third at most.
 * A node that comes back with an older log asks peers in turn, and they give back what it lost at the rate of all parts
 * together (`limits.serveAgainBytesPerSecond`, 1 GiB in 23 minutes); above that it goes at full pace again.
 */
import { Allowance } from './allowance.ts';
import { limits } from './limits.ts';

/** What an answer took: payloads, and the entries and headers that were read and hashed one by one. */
export interface Served {
  readonly bytes: number;
  readonly records: number;
}

/** Who waited for a tick has lost no time. */
const TICK_MS = 25;

export class ServeAccount {
  readonly #again: Allowance;
  #begunMs = -Infinity;
  #nextAtMs = -Infinity;

  /** For one of so many peers. */
  constructor(peers: number) {
    const parts = Math.max(1, peers);
    this.#again = new Allowance({
      max: limits.serveAgainBytesMax / parts,
      perSecond: limits.serveAgainBytesPerSecond / parts,
    });
  }

  /** Whether the last answer is paid for. */
  isOpen(nowMs: number): boolean {
    return nowMs >= this.#nextAtMs;
  }

  /** Whether something may be served that was served before. */
  repeats(nowMs: number): boolean {
    return this.#again.has(nowMs);
  }

  /** A question is looked at: even one that comes to nothing takes its time. */
  begin(nowMs: number): void {
    const lateMs = nowMs - this.#nextAtMs;
    this.#begunMs = lateMs < TICK_MS ? this.#nextAtMs : nowMs;
    this.#nextAtMs = nowMs + limits.serveIntervalMs;
  }

  /** What the question that was begun last took, whether or not it was answered. */
  pay({ bytes, records }: Served, isRepeat: boolean): void {
    const cost = bytes + records * limits.serveRecordBytes;
    const paidMs = this.#begunMs + (1_000 * cost) / limits.serveBytesPerSecond;
    // Where there is more to be had it goes on as soon as this is paid.
    const isFull = records >= limits.fetchEntriesTarget || 2 * bytes >= limits.fetchBytesMax;
    this.#nextAtMs = isFull ? paidMs : Math.max(this.#nextAtMs, paidMs);
    if (isRepeat) this.#again.take(Math.max(cost, limits.serveAgainBytesMin), this.#begunMs);
  }
}
