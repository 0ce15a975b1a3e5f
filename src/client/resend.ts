/** When silence is long enough to ask again (C4): TCP's estimator of the round trip (RFC 6298), bounded. */
import type { Random } from '../base/random.ts';

const FIRST_MS = 400;
const MIN_MS = 250;
const MAX_MS = 2_000;
/** A resend backs off to this. */
const BACKOFF_MAX_MS = 4_000;

export class RoundTrip {
  #smoothedMs: number | null = null;
  #deviationMs = 0;

  /** Only of what was sent once: the answer to a resent request says nothing about the way (Karn). */
  measured(roundTripMs: number): void {
    if (this.#smoothedMs === null) {
      this.#smoothedMs = roundTripMs;
      this.#deviationMs = roundTripMs / 2;
      return;
    }
    const error = roundTripMs - this.#smoothedMs;
    this.#smoothedMs += error / 8;
    this.#deviationMs += (Math.abs(error) - this.#deviationMs) / 4;
  }

  /** Milliseconds to wait after sending for the `attempts`-th time, with jitter. */
  patienceMs(attempts: number, random: Random): number {
    const smoothed = this.#smoothedMs;
    const base =
      smoothed === null
        ? FIRST_MS
        : Math.min(MAX_MS, Math.max(MIN_MS, smoothed + 4 * this.#deviationMs));
    const doubled = Math.min(BACKOFF_MAX_MS, base * 2 ** Math.min(attempts - 1, 8));
    return doubled + random.below(Math.ceil(doubled / 4) + 1);
  }
}
