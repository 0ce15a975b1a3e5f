/** How much one entry and one request may read, run and answer. Deterministic: only what was ordered decides. */
import { limits } from '../base/limits.ts';
import type { ResultCode } from './result.ts';

/** No result of a put, delete or increment and no error is larger. */
export const SMALL_RESULT_BYTES = 32;

/** Shared by the requests of one entry, so that no batch of reads stops the cluster or fills its memory. */
export class EntryBudget {
  resultBytes: number = limits.entryResultBytesMax;
  reads: number = limits.entryReadsMax;
  /** First replies of repeated requests. No part of the state: what has no room is only not answered now. */
  #repeatedBytes: number = limits.entryResultBytesMax;

  /** Whether the entry may repeat so many bytes more. */
  repeat(bytes: number): boolean {
    if (bytes > this.#repeatedBytes) return false;
    this.#repeatedBytes -= bytes;
    return true;
  }
}

export class RequestBudget {
  readonly #entry: EntryBudget;
  #operations: number = limits.operationsPerRequestMax;
  #resultBytes: number = limits.resultBytesMax;
  #work = 0;
  /** Commands that have no result yet: room for a small one is kept for each. */
  #unanswered: number;

  constructor(entry: EntryBudget, commands: number) {
    this.#entry = entry;
    this.#unanswered = commands;
  }

  /** Operations that were begun, and rows that they read. */
  get work(): number {
    return this.#work;
  }

  /** Takes the operations of a command and, if it reads, its reads: null, or the error it gets instead. */
  begin(operations: number, reads: number): ResultCode | null {
    if (operations > this.#operations) return 'too-many-operations';
    if (reads > 0 && reads > this.#entry.reads) return 'busy';
    this.#operations -= operations;
    this.#entry.reads -= reads;
    this.#work += operations;
    return null;
  }

  /** One more read of a scan; false where the entry has no more. */
  readOne(): boolean {
    if (this.#entry.reads === 0) return false;
    this.#entry.reads--;
    this.#work++;
    return true;
  }

  #roomInRequest(): number {
    return this.#resultBytes - SMALL_RESULT_BYTES * (this.#unanswered - 1);
  }

  /** Bytes that the command's result may have. */
  room(): number {
    return Math.min(this.#roomInRequest(), this.#entry.resultBytes);
  }

  /** Null where a result of so many bytes has room, or the error that stands in its place. */
  refuses(resultBytes: number): ResultCode | null {
    if (resultBytes <= SMALL_RESULT_BYTES) return null;
    if (resultBytes > this.#roomInRequest()) return 'result-too-large';
    return resultBytes > this.#entry.resultBytes ? 'busy' : null;
  }

  /** The command has its result. */
  end(resultBytes: number): void {
    this.#resultBytes -= resultBytes;
    this.#entry.resultBytes = Math.max(0, this.#entry.resultBytes - resultBytes);
    this.#unanswered--;
  }
}
