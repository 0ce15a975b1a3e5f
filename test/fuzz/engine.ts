/** The loop: take an input that showed something, change it, feed it, keep it if it shows something new. */
import { equalBytes } from '../../src/base/bytes.ts';
import { Random } from '../../src/base/random.ts';
import { BYTE_MUTATIONS, STEP_MUTATIONS, TEXT_MUTATIONS } from './mutate.ts';
import { checkAllocation, checkKept, checkPrototypes, checkPrototypesQuickly } from './oracles.ts';
import { Broken, classOf } from './target.ts';
import type { Mutation, Shape, Target, Verdict } from './target.ts';

export interface Finding {
  /** Findings of one class are one bug, most likely. */
  readonly class: string;
  readonly text: string;
  readonly input: Uint8Array;
}

/** What is kept to change: at most so many inputs and bytes. */
const POOL_MAX = 512;
const POOL_BYTES_MAX = 16_777_216;
/** What is larger is fed as it is and not mutated: a thousand smaller ones take its time. */
const MUTATED_BYTES_MAX = 131_072;
/** Verdicts that are told apart: what a target says without end is not news without end. */
const VERDICTS_MAX = 4_096;
/** Between two looks at every prototype. */
const BATCH = 256;

const GENERAL: Readonly<Record<Shape, readonly Mutation[]>> = {
  bytes: BYTE_MUTATIONS,
  text: TEXT_MUTATIONS,
  steps: STEP_MUTATIONS,
};

/** Feeds one input and looks at everything that must hold; null, or what does not. */
export async function feed(
  target: Target,
  input: Uint8Array,
): Promise<{ readonly verdict: Verdict } | { readonly finding: Finding }> {
  try {
    const verdict = await judge(target, input);
    checkPrototypesQuickly();
    return { verdict };
  } catch (error) {
    return { finding: describe(error, input) };
  }
}

/** A view inside a larger buffer: an offset that is forgotten, or a byte that is read beyond the end, shows. */
function embedded(input: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(input.length + 16).fill(0xa5);
  bytes.set(input, 7);
  return bytes.subarray(7, 7 + input.length);
}

async function judge(target: Target, input: Uint8Array): Promise<Verdict> {
  const given = embedded(input);
  const { allocates, run } = target;
  let verdict: Verdict | Promise<Verdict> = '';
  if (allocates === null) verdict = await run(given);
  else
    checkAllocation(() => {
      verdict = run(given);
    }, allocates(input.length));
  if (!equalBytes(given, input)) throw new Broken('changes its input');
  return verdict;
}

function describe(error: unknown, input: Uint8Array): Finding {
  const isError = error instanceof Error;
  const text = isError ? (error.stack ?? error.message) : String(error);
  const name = isError ? `${error.name}: ${error.message}` : String(error);
  return { class: classOf(name.split('\n')[0] ?? ''), text, input };
}

export interface FuzzerOptions {
  readonly seed: number;
  /** Of how many inputs what is kept is weighed, which costs collections of the whole heap. */
  readonly weighedMax: number;
}

export class Fuzzer {
  readonly verdicts = new Set<Verdict>();
  cases = 0;
  readonly #target: Target;
  readonly #random: Random;
  readonly #weighedMax: number;
  readonly #pool: Uint8Array[] = [];
  #poolBytes = 0;
  #seeds = 0;
  #weighed = 0;

  constructor(target: Target, { seed, weighedMax }: FuzzerOptions) {
    this.#target = target;
    this.#random = new Random(seed);
    this.#weighedMax = weighedMax;
  }

  get pool(): { readonly inputs: number; readonly bytes: number } {
    return { inputs: this.#pool.length, bytes: this.#poolBytes };
  }

  /** An input as it is; what is fed in first stays in the pool. */
  async start(input: Uint8Array): Promise<Finding | null> {
    const finding = await this.#feed(input);
    this.#keep(input);
    this.#seeds = this.#pool.length;
    return finding;
  }

  /** The next input, made of what is in the pool. */
  draw(): Uint8Array {
    const random = this.#random;
    const pick = (): Uint8Array => random.pick(this.#pool);
    const general = GENERAL[this.#target.shape];
    const own = this.#target.mutations;
    let input = this.#pick();
    for (let count = random.between(1, 4); count > 0; count--) {
      const mutation =
        own.length > 0 && random.chance(1, 2) ? random.pick(own) : random.pick(general);
      // An empty one can only grow.
      input = mutation(input.length === 0 ? Uint8Array.of(0) : input, random, pick) ?? input;
    }
    return input;
  }

  async next(input: Uint8Array = this.draw()): Promise<Finding | null> {
    const known = this.verdicts.size;
    const finding = await this.#feed(input);
    if (finding === null && this.verdicts.size > known) this.#keep(input);
    return finding;
  }

  /** What was kept last is the most promising. */
  #pick(): Uint8Array {
    const random = this.#random;
    if (this.#pool.length === 0) return new Uint8Array(1);
    const recent = Math.max(0, this.#pool.length - 16);
    const at = random.chance(1, 4) ? random.between(recent, this.#pool.length - 1) : null;
    return at === null ? random.pick(this.#pool) : (this.#pool[at] as Uint8Array);
  }

  async #feed(input: Uint8Array): Promise<Finding | null> {
    this.cases++;
    const result = await feed(this.#target, input);
    if ('finding' in result) return result.finding;
    try {
      if (!this.verdicts.has(result.verdict) && this.verdicts.size < VERDICTS_MAX) {
        this.verdicts.add(result.verdict);
        const { keeps } = this.#target;
        if (keeps !== null && this.#weighed < this.#weighedMax && checkKept(keeps, input))
          this.#weighed++;
      }
      if (this.cases % BATCH === 0) checkPrototypes();
      return null;
    } catch (error) {
      return describe(error, input);
    }
  }

  #keep(input: Uint8Array): void {
    if (input.length > MUTATED_BYTES_MAX) return;
    this.#pool.push(input);
    this.#poolBytes += input.length;
    while (
      this.#pool.length > this.#seeds + 1 &&
      (this.#pool.length > this.#seeds + POOL_MAX || this.#poolBytes > POOL_BYTES_MAX)
    ) {
      const at = this.#random.between(this.#seeds, this.#pool.length - 1);
      this.#poolBytes -= this.#pool[at]?.length ?? 0;
      this.#pool.splice(at, 1);
    }
  }
}
