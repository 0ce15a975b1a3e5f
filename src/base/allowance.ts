/** So much a second, and some at once: what somebody may take of something, paid back by time, or by whoever gives. */
export interface AllowanceOptions {
  readonly max: number;
  readonly perSecond: number;
}

export class Allowance {
  readonly #options: AllowanceOptions;
  #left: number;
  #atMs: number | null = null;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#left = options.max;
  }

  /** Whether there is any left at `nowMs` (monotonic milliseconds). */
  has(nowMs: number): boolean {
    return this.left(nowMs) > 0;
  }

  /** How much: below zero it is a debt. */
  left(nowMs: number): number {
    const { max, perSecond } = this.#options;
    const passedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#left = Math.min(max, this.#left + (passedMs / 1_000) * perSecond);
    this.#atMs = Math.max(nowMs, this.#atMs ?? nowMs);
    return this.#left;
  }

  /** Milliseconds until there is some left again; 0 where there is. */
  waitMs(nowMs: number): number {
    if (this.has(nowMs)) return 0;
    return Math.ceil((1_000 * (1 - this.#left)) / this.#options.perSecond);
  }

  /** Gives back, up to what there was at first. */
  give(amount: number): void {
    this.#left = Math.min(this.#options.max, this.#left + amount);
  }

  /** What is taken above what is left is a debt. */
  take(cost: number, nowMs: number): void {
    this.has(nowMs);
    this.#left -= cost;
  }
}

/** The one of `key`, whole where there is none yet. */
export function allowanceIn<Key>(
  all: Map<Key, Allowance>,
  key: Key,
  options: AllowanceOptions,
): Allowance {
  const allowance = all.get(key) ?? new Allowance(options);
  all.set(key, allowance);
  return allowance;
}
