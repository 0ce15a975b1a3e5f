/** One client under load: so many writes in flight, each followed by the next; now and then it reads one of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes } from '../../../src/base/bytes.ts';
import type { TangaroaClient } from '../../../src/client/client.ts';
import type { Ledger } from './ledger.ts';
import { keyOf, valueOf } from './ledger.ts';

/** After an operation failed, its place in the loop rests, so that a cluster that is down is not hammered. */
const REST_MS = 50;
/** One operation in so many is a linearizable read of something that was acknowledged. */
const READ_EVERY = 16;
/** How long one operation is waited for: longer than any change of leader. */
const OPERATION_MS = 20_000;

export interface Done {
  /** `performance.now()` of its end, and what it took. */
  readonly atMs: number;
  readonly tookMs: number;
}

export class LoadClient {
  readonly name: string;
  readonly #client: TangaroaClient;
  readonly #inFlight: number;
  readonly done: Done[] = [];
  /** When operations failed. */
  readonly failedAtMs: number[] = [];
  /** When a read that the client believed had another value than was written. */
  readonly liedToAtMs: number[] = [];
  lastFailure = '';
  readonly #unacknowledged = new Set<number>();
  #issued = 0;
  #acknowledged = -1;
  #isOver = false;

  constructor(name: string, client: TangaroaClient, inFlight: number) {
    this.name = name;
    this.#client = client;
    this.#inFlight = inFlight;
  }

  get ledger(): Ledger {
    return {
      client: this.name,
      issued: this.#issued,
      unacknowledged: [...this.#unacknowledged],
    };
  }

  /** The cluster has a leader and knows this client once this resolves. */
  async first(): Promise<void> {
    await this.#put();
  }

  /** Until `end`; resolves when nothing is in flight. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#inFlight }, () => this.#loop()));
  }

  end(): void {
    this.#isOver = true;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #loop(): Promise<void> {
    for (let count = 1; !this.#isOver; count++) {
      const sentMs = performance.now();
      try {
        await (count % READ_EVERY === 0 ? this.#read() : this.#put());
        const atMs = performance.now();
        this.done.push({ atMs, tookMs: atMs - sentMs });
      } catch (error) {
        this.failedAtMs.push(performance.now());
        this.lastFailure = error instanceof Error ? error.message : String(error);
        await sleep(REST_MS);
      }
    }
  }

  async #put(): Promise<void> {
    const number = this.#issued++;
    this.#unacknowledged.add(number);
    const options = { timeoutMs: OPERATION_MS };
    await this.#client.put(keyOf(this.name, number), valueOf(this.name, number), options);
    this.#unacknowledged.delete(number);
    this.#acknowledged = number;
  }

  async #read(): Promise<void> {
    const number = this.#acknowledged;
    if (number < 0) return this.#put();
    const options = { timeoutMs: OPERATION_MS };
    const { value } = await this.#client.get(keyOf(this.name, number), options);
    const isTrue = value instanceof Uint8Array && equalBytes(value, valueOf(this.name, number));
    if (!isTrue) this.liedToAtMs.push(performance.now());
  }
}
