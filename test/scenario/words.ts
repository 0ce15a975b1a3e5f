/** The words of one line, read one after the other. What is wrong names file, line and what was expected. */
import type { NodeId, Term } from '../../src/consensus/model/ids.ts';

/** A mistake in a script: in what it says, or in what it asks for when it is run. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** What a traitor cannot do as things stand; a `try` goes on without it. */
export class Impossible extends Error {
  override readonly name = 'Impossible';
}

/** Nodes by name, or all of them: of the honest ones where something is asked of them, else of all others. */
export type Nodes = 'all' | readonly NodeId[];

/** A term by number, or so many above the highest that an honest node is in. */
export type TermWord = Term | { readonly above: number };

const NODE = /^n[1-9][0-9]?$/u;
const NUMBER = /^[0-9]+$/u;
const NAME = /^[A-Za-z][A-Za-z0-9]*$/u;

export class Words {
  readonly #words: readonly string[];
  readonly #where: string;
  readonly #size: number;
  #at = 0;

  /** `where` is file and line; `size` the number of nodes, 0 before `nodes`. */
  constructor(text: string, where: string, size: number) {
    this.#words = text.split(/\s+/u).filter((word) => word !== '');
    this.#where = where;
    this.#size = size;
  }

  get next(): string | undefined {
    return this.#words[this.#at];
  }

  /** The mistake that the next word is. */
  expected(what: string): ScriptError {
    const found = this.next === undefined ? 'the end of the line' : `“${this.next}”`;
    return new ScriptError(`${this.#where}: expected ${what}, found ${found}`);
  }

  mistake(what: string): ScriptError {
    return new ScriptError(`${this.#where}: ${what}`);
  }

  word(what: string): string {
    const word = this.next;
    if (word === undefined) throw this.expected(what);
    this.#at++;
    return word;
  }

  /** Reads the word if it is the next one. */
  take(word: string): boolean {
    if (this.next !== word) return false;
    this.#at++;
    return true;
  }

  need(word: string): void {
    if (!this.take(word)) throw this.expected(`“${word}”`);
  }

  oneOf<T extends string>(words: readonly T[], what: string): T {
    const word = words.find((one) => one === this.next);
    if (word === undefined) throw this.expected(`${what} (${words.join(', ')})`);
    this.#at++;
    return word;
  }

  number(what: string): number {
    if (this.next === undefined || !NUMBER.test(this.next)) throw this.expected(what);
    return Number(this.word(what));
  }

  /** A new name for something that the script makes. */
  name(what: string): string {
    if (this.next === undefined || !NAME.test(this.next) || NODE.test(this.next))
      throw this.expected(what);
    return this.word(what);
  }

  get atNode(): boolean {
    return this.next !== undefined && NODE.test(this.next);
  }

  node(): NodeId {
    if (!this.atNode) throw this.expected('a node (n1, n2 …)');
    if (Number(this.next?.slice(1)) > this.#size)
      throw this.expected(`one of ${this.#size} nodes, which “nodes” says first`);
    return this.word('a node') as NodeId;
  }

  nodes(): readonly NodeId[] {
    const nodes = [this.node()];
    while (this.atNode) nodes.push(this.node());
    return nodes;
  }

  /** `all`, or nodes. */
  everybody(): Nodes {
    return this.take('all') ? 'all' : this.nodes();
  }

  /** `to …` at the end of a line; everybody without it. */
  to(): Nodes {
    return this.take('to') ? this.everybody() : 'all';
  }

  get atTerm(): boolean {
    return this.next !== undefined && /^(?:[0-9]+|now|now\+[0-9]+)$/u.test(this.next);
  }

  /** `2`, `now`, `now+1`. */
  term(): TermWord {
    if (!this.atTerm) throw this.expected('a term (a number, now, now+1)');
    const word = this.word('a term');
    if (!word.startsWith('now')) return Number(word) as Term;
    return { above: word === 'now' ? 0 : Number(word.slice('now+'.length)) };
  }

  end(): void {
    if (this.next !== undefined) throw this.expected('the end of the line');
  }
}
