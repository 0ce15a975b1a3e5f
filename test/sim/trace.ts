/** What each node did, in order: the end of it is printed when a seed fails, all of it goes to a file. */
const KEPT = 20_000;
const SHOWN = 120;

export class Trace {
  readonly #lines: string[] = [];
  #last = '';
  #repeats = 0;

  /** A line that repeats the one before it is counted, not kept. */
  add(atMs: number, who: string, what: string): void {
    const said = `${who.padEnd(4)} ${what}`;
    if (said === this.#last) {
      this.#repeats++;
      return;
    }
    this.#endRepeats();
    this.#last = said;
    this.#lines.push(`${String(atMs).padStart(8)} ${said}`);
    if (this.#lines.length > 2 * KEPT) this.#lines.splice(0, KEPT);
  }

  #endRepeats(): void {
    if (this.#repeats > 0) this.#lines.push(`${' '.repeat(14)}… ${this.#repeats} times more`);
    this.#repeats = 0;
  }

  get lines(): readonly string[] {
    this.#endRepeats();
    return this.#lines;
  }

  toString(): string {
    const { lines } = this;
    const head = lines.length <= SHOWN ? '' : `… ${lines.length - SHOWN} earlier lines\n`;
    return head + lines.slice(-SHOWN).join('\n');
  }
}
