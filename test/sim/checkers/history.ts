/** What honest clients asked for and were told, in the order in which it happened: the ground that linearizability stands on. */
import type { Operation, Transaction } from '../../../src/machine/command.ts';
import type { Result } from '../../../src/machine/result.ts';

/** What one key can answer for: a transaction here has one key. */
export type Command = Operation | Transaction;

export interface Call {
  readonly key: string;
  readonly command: Command;
}

/** A moment: its place among all calls and answers of the run, and its time, which people read. */
export interface Moment {
  readonly order: number;
  readonly ms: number;
}

export interface Answer extends Moment {
  /** Index of the entry that executed it. */
  readonly index: number;
  readonly results: readonly Result[];
}

/** A request: its commands run one after another, with nothing of anybody else between them. */
export interface Unit {
  /** Client and first number: names it in messages. */
  readonly name: string;
  readonly calls: readonly Call[];
  readonly called: Moment;
  /** Null while there is none: it may have happened, may yet happen, or never. */
  answer: Answer | null;
}

export class History {
  readonly units: Unit[] = [];
  #order = 0;

  called(name: string, calls: readonly Call[], nowMs: number): Unit {
    const unit: Unit = { name, calls, called: this.#moment(nowMs), answer: null };
    this.units.push(unit);
    return unit;
  }

  answered(unit: Unit, index: number, results: readonly Result[], nowMs: number): void {
    unit.answer = { ...this.#moment(nowMs), index, results };
  }

  #moment(ms: number): Moment {
    return { order: this.#order++, ms };
  }
}

/** What belongs to `key`: the same units, each with its commands on that key alone. */
export function ofKey(units: readonly Unit[], key: string): readonly Unit[] {
  const parts: Unit[] = [];
  for (const unit of units) {
    const at = [...unit.calls.keys()].filter((i) => unit.calls[i]?.key === key);
    if (at.length === 0) continue;
    const { answer } = unit;
    parts.push({
      ...unit,
      calls: at.map((i) => unit.calls[i] as Call),
      answer: answer && { ...answer, results: at.map((i) => answer.results[i] as Result) },
    });
  }
  return parts;
}

export function keysOf(units: readonly Unit[]): readonly string[] {
  return [...new Set(units.flatMap(({ calls }) => calls.map(({ key }) => key)))].sort();
}
