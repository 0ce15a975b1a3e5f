/** What each node did, in order: kept short, printed when a seed fails. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #max: number;
  #dropped = 0;

  constructor(max = 200) {
    this.#max = max;
  }

  add(atMs: number, who: string, what: string): void {
    this.#lines.push(`${String(atMs).padStart(8)} ${who.padEnd(4)} ${what}`);
    if (this.#lines.length > this.#max) {
      this.#lines.shift();
      this.#dropped++;
    }
  }

  toString(): string {
    const head = this.#dropped === 0 ? '' : `… ${this.#dropped} earlier lines\n`;
    return head + this.#lines.join('\n');
  }
}
