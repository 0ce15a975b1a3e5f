/** What a client asks for: a mix that its seed draws, on keys that all clients share. */
import { utf8 } from '../../src/base/bytes.ts';
import type { Random } from '../../src/base/random.ts';
import type { Compare, Operation, Relation } from '../../src/machine/command.ts';
import type { Result } from '../../src/machine/result.ts';
import type { Revision, Value } from '../../src/machine/value.ts';
import { COUNTER_MAX } from '../../src/machine/value.ts';
import type { Call, Command } from './checkers/history.ts';

const COUNTERS = 4;
const SHARED_KEYS = 3;
const RELATIONS: readonly Relation[] = ['equal', 'equal', 'equal', 'not-equal', 'less', 'greater'];

/** A client's ways, drawn once. */
export interface Habits {
  /** How many requests it has under way at most. */
  readonly inFlightMax: number;
  readonly commandsMax: number;
  /** Out of eight commands, how many are increments of counters that nobody does anything else to. */
  readonly countersOfEight: number;
  /** Out of a hundred requests, how many leave numbers out, as many as the window of C2 allows. */
  readonly leapsOfHundred: number;
}

export function drawHabits(random: Random): Habits {
  return {
    inFlightMax: random.pick([1, 2, 3, 6]),
    commandsMax: random.pick([1, 3, 3, 6]),
    countersOfEight: random.pick([2, 4, 6]),
    leapsOfHundred: random.pick([0, 2, 10]),
  };
}

export class Workload {
  readonly #name: string;
  readonly #habits: Habits;
  readonly #random: Random;
  /** What this client saw last at a shared key: a compare with it may hold. */
  readonly #seen = new Map<string, { readonly value: Value; readonly revision: Revision }>();
  #values = 0;

  constructor(name: string, habits: Habits, random: Random) {
    this.#name = name;
    this.#habits = habits;
    this.#random = random;
  }

  /** The commands of one request. */
  request(): readonly Call[] {
    const { countersOfEight, commandsMax } = this.#habits;
    const count = this.#random.between(1, commandsMax);
    return Array.from({ length: count }, () =>
      this.#random.chance(countersOfEight, 8) ? this.#counter() : this.#shared(),
    );
  }

  #counter(): Call {
    const key = `counter ${this.#random.below(COUNTERS)}`;
    const command: Command = this.#random.chance(1, 6)
      ? { type: 'get', key: utf8(key) }
      : { type: 'increment', key: utf8(key), by: 1n };
    return { key, command };
  }

  #shared(): Call {
    const key = `shared ${this.#random.below(SHARED_KEYS)}`;
    if (this.#random.chance(1, 3)) return { key, command: this.#transaction(key) };
    return { key, command: this.#operation(utf8(key)) };
  }

  #operation(key: Uint8Array): Operation {
    const by = BigInt(this.#random.between(-2, 5));
    switch (this.#random.below(8)) {
      case 0:
        return { type: 'delete', key };
      case 1:
      case 2:
        return { type: 'increment', key, by };
      case 3:
      case 4:
      case 5:
        return { type: 'put', key, value: this.#value() };
      default:
        return { type: 'get', key };
    }
  }

  /** Its own, so that a read tells whose write it saw; a number now and then, the largest one rarely. */
  #value(): Value {
    if (this.#random.chance(1, 12)) return COUNTER_MAX - 1n;
    if (this.#random.chance(1, 3)) return BigInt(this.#random.below(4));
    return utf8(`${this.#name}-${++this.#values}`);
  }

  /** Compare and set: one key, one command, all or nothing. */
  #transaction(key: string): Command {
    const bytes = utf8(key);
    const then = Array.from({ length: this.#random.between(1, 3) }, () => this.#operation(bytes));
    const orElse: readonly Operation[] = this.#random.chance(1, 4)
      ? [this.#operation(bytes)]
      : [{ type: 'get', key: bytes }];
    const compares = this.#random.chance(1, 8) ? [] : [this.#compare(key)];
    return { type: 'transaction', compares, then, else: orElse };
  }

  #compare(key: string): Compare {
    const bytes = utf8(key);
    const seen = this.#seen.get(key);
    if (seen === undefined || this.#random.chance(1, 6))
      return { type: 'exists', key: bytes, exists: this.#random.chance(1, 2) };
    const relation = this.#random.pick(RELATIONS);
    if (this.#random.chance(1, 2))
      return { type: 'value', key: bytes, relation, value: seen.value };
    return { type: 'revision', key: bytes, relation, revision: seen.revision };
  }

  someKey(): Uint8Array {
    return utf8(`shared ${this.#random.below(SHARED_KEYS)}`);
  }

  /** An answer: what it shows of a key is remembered. */
  saw({ key, command }: Call, result: Result): void {
    const inner = result.type === 'transaction' ? result.results : [result];
    for (const each of inner) {
      if (each.type === 'get' && each.found !== null) this.#seen.set(key, each.found);
      else if (each.type === 'put' && command.type === 'put')
        this.#seen.set(key, { value: command.value, revision: each.revision });
      else if (each.type === 'increment') this.#seen.set(key, each);
    }
  }
}

/** The counter that a command counts up, if it is one of those that are only counted up. */
export function counterOf({ key, command }: Call): string | null {
  return command.type === 'increment' && key.startsWith('counter ') ? key : null;
}
