/** So many times a second, however seldom it is asked. */
export class Pace {
  readonly #intervalMs: number;
  #nextMs: number | null = null;

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /** How often since it was last asked; what a pause of more than a second left undone stays undone. */
  due(nowMs: number): number {
    this.#nextMs = Math.max(this.#nextMs ?? nowMs, nowMs - 1_000);
    if (this.#nextMs > nowMs) return 0;
    const times = Math.floor((nowMs - this.#nextMs) / this.#intervalMs) + 1;
    this.#nextMs += times * this.#intervalMs;
    return times;
  }
}
