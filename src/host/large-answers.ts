/**
 * L2: what each client is answered at length, while others want something too. To read, hash, sign and send a megabyte
 * takes a node some 10 ms, and a request for it fits into 100 bytes; so clients that scan everything, in the log or
 * beside it, would leave nothing to those that ask for little. Who is alone is not held back.
 */
import type { Allowance } from '../base/allowance.ts';
import { allowanceIn } from '../base/allowance.ts';
import { limits } from '../base/limits.ts';
import type { ClientId } from '../consensus/model/ids.ts';

const PACE = { max: limits.answerBytesMax, perSecond: limits.answerBytesPerSecond } as const;

interface Asked {
  readonly client: ClientId;
  atMs: number;
}

/** Times are monotonic milliseconds. */
export class LargeAnswers {
  readonly #allowances = new Map<ClientId, Allowance>();
  /** Who asked last, and who asked last of all others. */
  #last: Asked | null = null;
  #other: Asked | null = null;

  /** A client wants something. */
  asked(client: ClientId, nowMs: number): void {
    if (this.#last?.client === client) this.#last.atMs = nowMs;
    else {
      this.#other = this.#last;
      this.#last = { client, atMs: nowMs };
    }
  }

  /** It was answered with so many bytes. */
  answered(client: ClientId, bytes: number, nowMs: number): void {
    const cost = bytes - limits.answerBytesFree;
    if (cost > 0) allowanceIn(this.#allowances, client, PACE).take(cost, nowMs);
  }

  /** Whether it may be answered more now, or has to let others have their turn. */
  mayAsk(client: ClientId, nowMs: number): boolean {
    const isPaid = this.#allowances.get(client)?.has(nowMs) ?? true;
    return isPaid || !this.#isWaitedFor(client, nowMs);
  }

  #isWaitedFor(client: ClientId, nowMs: number): boolean {
    const other = this.#last?.client === client ? this.#other : this.#last;
    return other !== null && nowMs - other.atMs < limits.answersAloneMs;
  }
}
