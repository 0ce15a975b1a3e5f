/** What a rogue did and saw, gathered for its report. */
import type { RogueReport, Witness } from '../attack.ts';

/** Kinds of lines that are kept, as a flood says the same thing thousands of times; of all others only how many. */
const KINDS_MAX = 40;
/** What differs between lines of one kind: hashes, numbers, and to whom it was done. */
const VARYING = /\b[0-9a-f]{8,}\b|\d+/gu;
/** Who speaks, where somebody does: what two rogues say is not of one kind. */
const SPEAKER = /^\w+: /u;

interface Kind {
  readonly first: string;
  times: number;
}

export class Notes implements Witness {
  readonly #did = new Map<string, number>();
  readonly #broke = new Set<string>();
  readonly #said = new Map<string, Kind>();
  /** Lines of kinds for which there was no room. */
  #others = 0;

  did(what: string, times = 1): void {
    this.#did.set(what, (this.#did.get(what) ?? 0) + times);
  }

  broke(promise: string): void {
    this.#broke.add(promise);
  }

  say(line: string): void {
    const speaker = SPEAKER.exec(line)?.[0] ?? '';
    const kind = speaker + line.slice(speaker.length).replaceAll(VARYING, '#');
    const known = this.#said.get(kind);
    if (known !== undefined) known.times++;
    else if (this.#said.size < KINDS_MAX) this.#said.set(kind, { first: line, times: 1 });
    else this.#others++;
  }

  get report(): RogueReport {
    return {
      did: Object.fromEntries(this.#did),
      broke: [...this.#broke],
      said: [...[...this.#said.values()].map(kindText), ...this.#othersText()],
    };
  }

  #othersText(): readonly string[] {
    return this.#others === 0 ? [] : [`other lines of ever other kinds × ${grouped(this.#others)}`];
  }
}

function kindText({ first, times }: Kind): string {
  return times === 1 ? first : `${first} (and its like: × ${grouped(times)})`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
