/**
 * C2: which sequence numbers this process uses. They start above the clock in microseconds and above every number that
 * the session is known to have used, and are proven free by one harmless ordered request, so that a new process
 * with the same key never reuses a number, even where its clock was set back.
 */
import { limits } from '../base/limits.ts';
import type { ClientClock } from './ports.ts';

/** After the session refused its opening: another process may be writing, or nodes lag. */
const REOPEN_FIRST_MS = 100;
const REOPEN_MAX_MS = 5_000;

type Phase = 'closed' | 'asking' | 'opening' | 'open';

export class SessionNumbers {
  readonly #clock: ClientClock;
  readonly #highestUsed: () => Promise<bigint>;
  readonly #open: () => void;
  readonly #changed: () => void;
  #phase: Phase = 'closed';
  #next = 1n;
  #notBeforeMs = 0;
  #refusals = 0;
  #fault: 'too-old' | 'sequence-reused' | null = null;

  constructor(deps: {
    readonly clock: ClientClock;
    readonly highestUsed: () => Promise<bigint>;
    /** Sends the opening request. */
    readonly open: () => void;
    readonly changed: () => void;
  }) {
    this.#clock = deps.clock;
    this.#highestUsed = deps.highestUsed;
    this.#open = deps.open;
    this.#changed = deps.changed;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  get fault(): 'too-old' | 'sequence-reused' | null {
    return this.#fault;
  }

  /** Starts a session unless that is under way; nothing is outstanding. */
  begin(): void {
    if (this.#phase !== 'closed' || this.#clock.monotonicMs() < this.#notBeforeMs) return;
    this.#phase = 'asking';
    this.#highestUsed().then(
      (highest) => {
        this.#next = start(this.#next, highest, this.#clock.wallMs());
        this.#phase = 'opening';
        this.#open();
      },
      // The client was closed, or the nodes turn it away: whoever waits is told by that.
      () => this.#pause(),
    );
  }

  opened(): void {
    this.#phase = 'open';
    this.#refusals = 0;
    this.#fault = null;
    this.#changed();
  }

  /** The opening request failed: with a session's verdict it is tried again above. */
  refused(code: string): void {
    this.#fault = code === 'too-old' || code === 'sequence-reused' ? code : null;
    this.#pause();
  }

  /** Another process uses the same key. This one begins anew above it, once nothing is outstanding. */
  voided(): void {
    if (this.#phase === 'open') this.#phase = 'closed';
  }

  #pause(): void {
    this.#phase = 'closed';
    const pauseMs = Math.min(REOPEN_MAX_MS, REOPEN_FIRST_MS * 2 ** Math.min(this.#refusals++, 8));
    this.#notBeforeMs = this.#clock.monotonicMs() + pauseMs;
  }

  /** How many numbers the session window has free, above what `oldest`, the oldest outstanding number, holds. */
  room(oldest: bigint | null): number {
    return Number(this.acknowledged(oldest) + BigInt(limits.sessionWindow) - this.#next + 1n);
  }

  /** Everything at or below was answered or given up. */
  acknowledged(oldest: bigint | null): bigint {
    return (oldest ?? this.#next) - 1n;
  }

  take(count: number): bigint {
    const first = this.#next;
    this.#next += BigInt(count);
    return first;
  }
}

/**
 * A session window above what was used: what a predecessor left on its way lies within it, so that no number meets
 * one of those, and the opening request, acknowledging all below, voids them.
 */
function start(next: bigint, highestUsed: bigint, wallMs: number): bigint {
  const clock = BigInt(Math.max(0, Math.floor(wallMs * 1_000)));
  const above = highestUsed + BigInt(limits.sessionWindow) + 1n;
  return [above, clock].reduce((a, b) => (a > b ? a : b), next);
}
