/** One target in a process of its own: feeds it until its time is over, and tells the parent how it goes. */
import { closeSync, openSync, writeSync } from 'node:fs';
import process from 'node:process';
import { toHex } from '../../src/base/bytes.ts';
import { readCorpus } from './corpus.ts';
import { Fuzzer } from './engine.ts';
import type { Finding } from './engine.ts';
import { heapBytes } from './oracles.ts';
import { shrink } from './shrink.ts';
import { Broken } from './target.ts';
import type { Target } from './target.ts';

export interface Progress {
  readonly cases: number;
  readonly verdicts: number;
  readonly kept: number;
  /** In use, but for what the fuzzer keeps itself: after the first part of the run, and now. */
  readonly heapBytes: { readonly first: number; readonly last: number };
}

export type Said =
  | { readonly type: 'alive'; readonly progress: Progress }
  | {
      readonly type: 'finding';
      readonly class: string;
      readonly text: string;
      readonly hex: string;
      readonly shrunkFrom: number;
    }
  | { readonly type: 'done'; readonly progress: Progress };

export interface ChildOptions {
  readonly seed: number;
  readonly runMs: number;
  /** What is being fed stands there, so that it is known even if the process dies of it. */
  readonly inFlightFile: string;
}

const SAY_MS = 500;
const WEIGH_MS = 5_000;
const SHRINK_MS = 20_000;
/** Findings of so many classes are enough to mend. */
const CLASSES_MAX = 12;
/** What a run may hold more at its end than after its first part: caches fill, code is compiled. */
const GROWTH_MAX = 24 * 1_048_576;

export function say(said: Said): void {
  process.send?.(said);
}

class InFlight {
  readonly #file: number;

  constructor(file: string) {
    this.#file = openSync(file, 'w');
  }

  /** Length, then the bytes; what an earlier, longer one left behind them is not read. */
  note(input: Uint8Array): void {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(input.length);
    writeSync(this.#file, length, 0, 4, 0);
    writeSync(this.#file, input, 0, input.length, 4);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Heap after collection, less what the fuzzer keeps to mutate. */
class Scale {
  #weights: number[] = [];
  #dueMs: number;

  constructor(nowMs: number) {
    this.#dueMs = nowMs + WEIGH_MS;
  }

  weigh(nowMs: number, fuzzer: Fuzzer): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + WEIGH_MS;
    this.#weights.push(heapBytes() - fuzzer.pool.bytes);
  }

  get ends(): Progress['heapBytes'] {
    const quarter = Math.floor(this.#weights.length / 4);
    return { first: this.#weights[quarter] ?? 0, last: this.#weights.at(-1) ?? 0 };
  }

  check(): void {
    const { first, last } = this.ends;
    // The least of the end: a measurement in the middle of something is no growth.
    const least = Math.min(last, ...this.#weights.slice(-3));
    if (this.#weights.length >= 4 && least - first > GROWTH_MAX)
      throw new Broken(
        `grows: ${first} bytes in use after a quarter of the run, ${least} at its end`,
      );
  }
}

export async function runChild(target: Target, options: ChildOptions): Promise<void> {
  const nowMs = (): number => performance.now();
  const fuzzer = new Fuzzer(target, { seed: options.seed, weighedMax: 64 });
  const inFlight = new InFlight(options.inFlightFile);
  const seen = new Set<string>();
  let saidMs = 0;
  let scale = new Scale(nowMs());
  const progress = (): Progress => ({
    cases: fuzzer.cases,
    verdicts: fuzzer.verdicts.size,
    kept: fuzzer.pool.inputs,
    heapBytes: scale.ends,
  });
  const alive = (): void => {
    if (nowMs() - saidMs < SAY_MS) return;
    saidMs = nowMs();
    say({ type: 'alive', progress: progress() });
  };
  const found = async (finding: Finding | null): Promise<void> => {
    if (finding === null || seen.has(finding.class)) return;
    seen.add(finding.class);
    const untilMs = nowMs() + SHRINK_MS;
    const small = await shrink(target, finding, { untilMs, nowMs, alive });
    const shrunkFrom = finding.input.length;
    say({
      type: 'finding',
      class: small.class,
      text: small.text,
      hex: toHex(small.input),
      shrunkFrom,
    });
  };
  const kept = readCorpus().filter((each) => each.target === target.name);
  for (const input of [...(await target.seeds()), ...kept.map((each) => each.input)]) {
    inFlight.note(input);
    await found(await fuzzer.start(input));
    alive();
  }
  const endMs = nowMs() + options.runMs;
  scale = new Scale(nowMs());
  while (nowMs() < endMs && seen.size < CLASSES_MAX) {
    const input = fuzzer.draw();
    inFlight.note(input);
    await found(await fuzzer.next(input));
    alive();
    scale.weigh(nowMs(), fuzzer);
    // Sockets and timers get their turn, and the parent's messages go out.
    if (fuzzer.cases % 64 === 0) await new Promise((resolve) => void setImmediate(resolve));
  }
  await found(grown(scale));
  inFlight.close();
  await target.close();
  say({ type: 'done', progress: progress() });
}

function grown(scale: Scale): Finding | null {
  try {
    scale.check();
    return null;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { class: 'grows', text, input: new Uint8Array(0) };
  }
}
