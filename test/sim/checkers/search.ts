/**
 * Whether a history is linearizable (Wing and Gong's search, with Lowe's memory): units are put in an order one by one,
 * each only when everything that was answered before it was called stands already; a set of units in a state is tried
 * once. A unit that was never answered may be put anywhere after its call, or left out.
 */
import type { Result } from '../../../src/machine/result.ts';
import type { Unit } from './history.ts';
import { KeyValueState } from './key-value-model.ts';

/** Where the search came furthest: what stands last, and what of the rest might have come next. */
export interface DeadEnd {
  readonly ordered: readonly Unit[];
  readonly state: KeyValueState;
  readonly stuck: readonly Unit[];
}

export type Verdict =
  | { readonly type: 'linearizable'; readonly steps: number }
  | { readonly type: 'not linearizable'; readonly deadEnd: DeadEnd; readonly steps: number }
  /** The search was longer than it may be. */
  | { readonly type: 'undecided'; readonly steps: number };

export interface SearchOptions {
  readonly stepsMax: number;
  /** Only orders in which no answer names an earlier entry than one before it: quickly searched. */
  readonly isLogOrder: boolean;
}

interface Choice {
  readonly at: number;
  readonly state: KeyValueState;
}

interface Frame {
  readonly state: KeyValueState;
  readonly choices: readonly Choice[];
  next: number;
}

class Search {
  readonly #options: SearchOptions;
  /** Those with an answer in the order of their calls, then the others. */
  readonly #units: readonly Unit[];
  readonly #answered: number;
  readonly #stands: boolean[];
  readonly #order: number[] = [];
  readonly #tried = new Set<string>();
  /** Every answered unit before this one stands. */
  #low = 0;
  #left: number;
  #deadEnd: DeadEnd = { ordered: [], state: new KeyValueState(), stuck: [] };
  #deepest = -1;

  constructor(units: readonly Unit[], options: SearchOptions) {
    this.#options = options;
    const inOrder = [...units].sort((a, b) => a.called.order - b.called.order);
    const answered = inOrder.filter(({ answer }) => answer !== null);
    this.#units = [...answered, ...inOrder.filter(({ answer }) => answer === null)];
    this.#answered = answered.length;
    this.#left = answered.length;
    this.#stands = this.#units.map(() => false);
  }

  run(): Verdict {
    const stack: Frame[] = [this.#expand(new KeyValueState())];
    for (let steps = 0; this.#left > 0;) {
      const frame = stack.at(-1);
      if (frame === undefined) return { type: 'not linearizable', deadEnd: this.#deadEnd, steps };
      const choice = frame.choices[frame.next++];
      if (choice === undefined) {
        stack.pop();
        if (stack.length > 0) this.#takeBack();
        continue;
      }
      if (++steps > this.#options.stepsMax) return { type: 'undecided', steps };
      this.#put(choice.at);
      const key = this.#key(choice.state);
      if (this.#tried.has(key)) this.#takeBack();
      else {
        this.#tried.add(key);
        stack.push(this.#expand(choice.state));
      }
    }
    return { type: 'linearizable', steps: this.#order.length };
  }

  #put(at: number): void {
    this.#stands[at] = true;
    this.#order.push(at);
    if (at < this.#answered) this.#left--;
    while (this.#low < this.#answered && this.#stands[this.#low] === true) this.#low++;
  }

  #takeBack(): void {
    const at = this.#order.pop() as number;
    this.#stands[at] = false;
    if (at >= this.#answered) return;
    this.#left++;
    this.#low = Math.min(this.#low, at);
  }

  /** What stands, told by what stands out of turn: few units are under way at any time. */
  #key({ text }: KeyValueState): string {
    let standing = '';
    let left = this.#answered - this.#left - this.#low;
    for (let i = this.#low; left > 0; i++) {
      if (this.#stands[i] !== true) continue;
      standing += `${i - this.#low},`;
      left--;
    }
    for (let i = this.#answered; i < this.#units.length; i++)
      if (this.#stands[i] === true) standing += `${i};`;
    return `${this.#low} ${standing} ${text}`;
  }

  /** Units that may come next: called before the first answer to any that does not stand yet. */
  #minimal(): readonly number[] {
    const minimal: number[] = [];
    let firstAnswer = Infinity;
    for (let i = this.#low; i < this.#units.length; i++) {
      if (this.#stands[i] === true) continue;
      const { called, answer } = this.#units[i] as Unit;
      if (called.order > firstAnswer) {
        if (answer === null) break;
        i = this.#answered - 1;
        continue;
      }
      minimal.push(i);
      firstAnswer = Math.min(firstAnswer, answer?.order ?? Infinity);
    }
    return this.#options.isLogOrder ? this.#lowest(minimal) : minimal;
  }

  /** Those of the lowest entry. Nothing that is called later can be of a lower one: `checkLogOrder` has seen to that. */
  #lowest(minimal: readonly number[]): readonly number[] {
    const lowest = Math.min(...minimal.map((at) => this.#indexOf(at)));
    return minimal.filter((at) => this.#indexOf(at) === lowest || this.#units[at]?.answer === null);
  }

  #expand(state: KeyValueState): Frame {
    const minimal = this.#minimal();
    const choices: Choice[] = [];
    for (const at of minimal) {
      const unit = this.#units[at] as Unit;
      for (const after of state.after(unit)) {
        const isNeutral = after.text === state.text;
        // What fits here and never changes anything may as well come at once: whatever follows goes on as without it.
        if (isNeutral && unit.answer?.results.every(changesNothing) === true)
          return { state, choices: [{ at, state: after }], next: 0 };
        if (!isNeutral || unit.answer !== null) choices.push({ at, state: after });
      }
    }
    if (choices.length === 0) this.#note(state, minimal);
    // The log's own order is most likely a right one. Which order is tried first decides nothing.
    return {
      state,
      choices: choices.sort((a, b) => this.#indexOf(a.at) - this.#indexOf(b.at)),
      next: 0,
    };
  }

  #indexOf(at: number): number {
    return this.#units[at]?.answer?.index ?? Infinity;
  }

  #note(state: KeyValueState, minimal: readonly number[]): void {
    if (this.#order.length <= this.#deepest) return;
    this.#deepest = this.#order.length;
    const unitsOf = (all: readonly number[]): readonly Unit[] =>
      all.map((at) => this.#units[at] as Unit);
    this.#deadEnd = { ordered: unitsOf(this.#order), state, stuck: unitsOf(minimal) };
  }
}

/** Whatever the key holds. A write and a delete together leave a key as they found it, or not. */
function changesNothing(result: Result): boolean {
  switch (result.type) {
    case 'get':
    case 'scan':
    case 'error':
      return true;
    case 'delete':
      return !result.existed;
    case 'transaction':
      return result.results.every(changesNothing);
    case 'put':
    case 'increment':
      return false;
  }
}

/** Decides whether these units can be put in an order, or says that it could not within the steps it has. */
export function search(units: readonly Unit[], options: SearchOptions): Verdict {
  return new Search(units, options).run();
}
