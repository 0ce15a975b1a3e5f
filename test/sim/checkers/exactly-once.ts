/** C2, C3: an acknowledged increment happened once, an unanswered one at most once. */
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

export class ExactlyOnce implements Checker {
  readonly name = 'exactly once';
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
    if (other !== undefined)
      throw new Violation(this.name, `${counter} reached ${value} for ${other} and for ${who}`);
    this.#acknowledged.set(counter, values.set(value, who));
    const issued = this.#issued.get(counter) ?? 0;
    if (value > BigInt(issued))
      throw new Violation(this.name, `${counter} reached ${value} by ${issued} increments`);
  }

  /** At the end every increment was answered: the answers are exactly 1 to the number of increments. */
  finished(): void {
    for (const [counter, issued] of this.#issued) {
      const values = this.#acknowledged.get(counter);
      if (values?.size === issued) continue;
      const answers = values?.size ?? 0;
      throw new Violation(this.name, `${counter} has ${answers} answers to ${issued} increments`);
    }
  }
}
