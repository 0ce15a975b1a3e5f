/** One command on the ordered way, and how its result becomes the answer of its caller. */
import type { Result } from '../machine/result.ts';
import { expectResult, isWorthAnother, readResult } from './answers.ts';
import type { Provenance } from './api.ts';
import { TangaroaError } from './errors.ts';
import { incompatible } from './explain.ts';
import type { Command, Outstanding } from './outstanding.ts';
import type { GiveUp } from './patience.ts';
import type { Timed } from './deadlines.ts';

type ResultType = Exclude<Result['type'], 'error'>;

/** What kind of result is expected, and what is made of it. */
export interface Kind<K extends ResultType, T> {
  readonly type: K;
  readonly answer: (result: Extract<Result, { readonly type: K }>, provenance: Provenance) => T;
}

const ASKING: ReadonlySet<ResultType> = new Set<ResultType>(['get', 'scan', 'transaction']);

/** How the command of a caller that gives up ends. */
export type Leave = (command: Command, why: GiveUp) => TangaroaError;

export class OrderedCommand<K extends ResultType, T> implements Command {
  readonly bytes: Uint8Array;
  readonly asks: boolean;
  request: Outstanding | null = null;
  done = false;
  deadlineMs = 0;
  timeoutMs = 0;
  before: Timed | null = null;
  after: Timed | null = null;
  stopListening: (() => void) | null = null;
  readonly #kind: Kind<K, T>;
  readonly #leave: Leave;
  readonly #resolve: (answer: T) => void;
  readonly #reject: (error: TangaroaError) => void;

  constructor(
    options: { readonly bytes: Uint8Array; readonly kind: Kind<K, T>; readonly leave: Leave },
    resolve: (answer: T) => void,
    reject: (error: TangaroaError) => void,
  ) {
    this.bytes = options.bytes;
    this.asks = ASKING.has(options.kind.type);
    this.#kind = options.kind;
    this.#leave = options.leave;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  settle(bytes: Uint8Array, provenance: Provenance, count: number): boolean {
    const result = readResult(bytes);
    if (result === null) this.#reject(incompatible('applied'));
    else if (result.type === 'error' && isWorthAnother(result.code, count)) return false;
    else {
      const expected = expectResult(this.#kind.type, result);
      if (expected instanceof TangaroaError) this.#reject(expected);
      else this.#resolve(this.#kind.answer(expected, provenance));
    }
    return true;
  }

  fail(error: TangaroaError): void {
    this.#reject(error);
  }

  giveUp(why: GiveUp): void {
    if (!this.done) this.#reject(this.#leave(this, why));
  }
}
