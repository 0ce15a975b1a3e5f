/** One client's session (C2): which of the numbers above its floor are used, and by what. */
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import { sessionKey, type ExecutedRequest, type SessionHead } from './layout.ts';

export type Judgement =
  | { readonly type: 'new' }
  | { readonly type: 'repeat'; readonly of: ExecutedRequest }
  | { readonly type: 'void'; readonly code: 'too-old' | 'sequence-reused' };

const NEW: Judgement = { type: 'new' };
const TOO_OLD: Judgement = { type: 'void', code: 'too-old' };
const REUSED: Judgement = { type: 'void', code: 'sequence-reused' };
const NUMBER_MAX = (1n << 64n) - 1n;

/** C2: whether a request lies within the window above its own acknowledged-up-to. */
export function isWithinWindow(first: bigint, count: number, acknowledged: bigint): boolean {
  if (count < 1 || count > limits.commandsPerRequestMax) return false;
  const last = first + BigInt(count) - 1n;
  return last <= NUMBER_MAX && last <= acknowledged + BigInt(limits.sessionWindow);
}

export class Session {
  /** Of its head in the database. */
  readonly key: Uint8Array;
  #floor: bigint;
  #highest: bigint;
  /** Disjoint, ascending, each ending above the floor: at most one for each number of the window. */
  readonly #executed: ExecutedRequest[];

  constructor(client: string, head: SessionHead, executed: readonly ExecutedRequest[]) {
    this.key = sessionKey(client);
    this.#floor = head.floor;
    this.#highest = head.highest;
    this.#executed = executed
      .filter(({ last }) => last > head.floor)
      .sort((a, b) => (a.last < b.last ? -1 : 1));
  }

  /** The highest executed acknowledged-up-to: requests that reach it or below are void. */
  get floor(): bigint {
    return this.#floor;
  }

  /** The highest executed sequence number. */
  get highest(): bigint {
    return this.#highest;
  }

  /** Where the first executed request stands that ends at `number` or above. */
  #placeOf(number: bigint): number {
    let low = 0;
    let high = this.#executed.length;
    if (number > this.#highest) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#executed[middle] as ExecutedRequest).last < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * C2. The floor goes first: what the client acknowledged it needs no answer to. A request is a unit: it repeats
   * another exactly or shares no number with it.
   */
  judge(first: bigint, count: number, digest: string): Judgement {
    if (first <= this.#floor) return TOO_OLD;
    const used = this.#executed[this.#placeOf(first)];
    if (used === undefined || used.first >= first + BigInt(count)) return NEW;
    return used.first === first && used.digest === digest ? { type: 'repeat', of: used } : REUSED;
  }

  /** Notes a request that `judge` found new, and forgets what it acknowledges. */
  record(request: ExecutedRequest, acknowledged: bigint): void {
    this.#executed.splice(this.#placeOf(request.first), 0, request);
    if (request.last > this.#highest) this.#highest = request.last;
    if (acknowledged > this.#floor) {
      this.#floor = acknowledged;
      this.#executed.splice(0, this.#placeOf(acknowledged + 1n));
    }
    assert(this.#executed.length <= limits.sessionWindow, 'a session keeps one window (C2)');
  }
}
