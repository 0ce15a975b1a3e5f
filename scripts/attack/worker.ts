/** A process of the lab's own: asked by its parent, one question at a time, and gone when its parent is. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

type Answer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

const LAST_LINES = 3;

/** `Q`: what it can be asked; the type of each answer is known to who asks. */
export class Worker<Q extends { readonly type: string }> {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #ended: Promise<unknown>;

  constructor(program: URL, logFile: string) {
    const log = openSync(logFile, 'a');
    this.#child = fork(fileURLToPath(program), { stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    this.#logFile = logFile;
    this.#ended = once(this.#child, 'exit');
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** @throws Error if it does not answer in time, says why it cannot, or ends */
  async ask<T>(question: Q, timeoutMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const answer = once(this.#child, 'message').then(([message]) => message as Answer);
    const late = new Promise<never>((_, reject) => {
      const text = `'${question.type}' was not done within ${timeoutMs / 1000} s`;
      timer = setTimeout(() => reject(new Error(text)), timeoutMs);
    });
    const gone = this.#ended.then(() => Promise.reject(new Error(this.#lastWords(question.type))));
    try {
      this.#child.send(question);
      const got = await Promise.race([answer, late, gone]);
      if (!got.ok) throw new Error(got.message);
      return got.value as T;
    } finally {
      clearTimeout(timer);
      gone.catch(() => undefined);
      answer.catch(() => undefined);
    }
  }

  #lastWords(doing: string): string {
    const lines = readFileSync(this.#logFile, 'utf8').trim().split('\n');
    // What was thrown stands above where it was.
    const thrown = lines.findLast((line) => /^\w*Error\b/u.test(line));
    const said = thrown ?? lines.slice(-LAST_LINES).join('\n');
    return `the process ended while it did '${doing}': ${said}`;
  }

  /** However it went: afterwards there is no such process. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** The other side: `perform` answers what the parent asks; the process ends with its parent. */
export function serveParent<Q>(perform: (question: Q) => Promise<unknown>): void {
  const tell = (answer: Answer): void => void process.send?.(answer);
  process.on('message', (question: Q) => {
    perform(question).then(
      (value) => tell({ ok: true, value: value ?? null }),
      (error: unknown) =>
        tell({
          ok: false,
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    );
  });
  process.once('disconnect', () => process.exit(0));
}
