/** C2, C3: an acknowledged increment happened once, an unanswered one at most once. */
export class ExactlyOnce {
  /** Values that each counter was acknowledged to have reached. */
  readonly #acknowledged = new Map<string, Map<bigint, string>>();
  readonly #issued = new Map<string, number>();

  issued(counter: string): void {
    this.#issued.set(counter, (this.#issued.get(counter) ?? 0) + 1);
  }

  /** An increment by one was acknowledged with the counter's new value: nobody else's may be the same. */
  acknowledged(counter: string, value: bigint, who: string): void {
    const values = this.#acknowledged.get(counter) ?? new Map<bigint, string>();
    const other = values.get(value);
    if (other !== undefined) {
      throw new Error(`exactly once: ${counter} reached ${value} for ${other} and for ${who}`);
    }
    this.#acknowledged.set(counter, values.set(value, who));
    const issued = this.#issued.get(counter) ?? 0;
    if (value > BigInt(issued)) {
      throw new Error(`exactly once: ${counter} reached ${value} by ${issued} increments`);
    }
  }

  get count(): number {
    let count = 0;
    for (const values of this.#acknowledged.values()) count += values.size;
    return count;
  }

  /** At the end every increment was answered: the answers are exactly 1 to the number of increments. */
  complete(): void {
    for (const [counter, issued] of this.#issued) {
      const values = this.#acknowledged.get(counter);
      if (values?.size !== issued) {
        throw new Error(
          `exactly once: ${counter} has ${values?.size ?? 0} answers to ${issued} increments`,
        );
      }
    }
  }
}
