/** What a rogue did and saw, gathered for its report. */
import type { RogueReport, Witness } from '../attack.ts';

/** Lines of the beginning and of the end: a flood says the same thing thousands of times. */
const LINES = 60;

export class Notes implements Witness {
  readonly #did = new Map<string, number>();
  readonly #broke = new Set<string>();
  readonly #first: string[] = [];
  readonly #last: string[] = [];

  did(what: string, times = 1): void {
    this.#did.set(what, (this.#did.get(what) ?? 0) + times);
  }

  broke(promise: string): void {
    this.#broke.add(promise);
  }

  say(line: string): void {
    if (this.#first.length < LINES) this.#first.push(line);
    else {
      this.#last.push(line);
      if (this.#last.length > LINES) this.#last.shift();
    }
  }

  get report(): RogueReport {
    return {
      did: Object.fromEntries(this.#did),
      broke: [...this.#broke],
      said: [...this.#first, ...this.#last],
    };
  }
}
