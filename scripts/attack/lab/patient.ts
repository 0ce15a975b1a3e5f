/** One node whose process and disk are in somebody's hands: ended, changed, started again. */
import { copyFileSync, cpSync, existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
import type { NodeProcess } from '../../../test/cluster/real-cluster.ts';
import type { Inside } from '../attack.ts';

/** What stands in a data directory (`src/node/data-directory.ts`). */
export type Part = 'log' | 'state' | 'promised' | 'genesis.json' | 'node.key';
export const PROMISES: readonly Part[] = ['log', 'state', 'promised'];

/** Between a start that failed and the next: a supervisor waits as long. */
const RESTART_MS = 500;
const CATCH_UP_MS = 30_000;
const POLL_MS = 100;

export class Patient {
  readonly id: string;
  readonly #inside: Inside;
  #kept = 0;

  constructor(inside: Inside) {
    this.id = inside.victim;
    this.#inside = inside;
  }

  path(part: Part): string {
    return path.join(this.#inside.cluster.dataDirectory(this.id), part);
  }

  /** As a crash does it. */
  async kill(): Promise<void> {
    await this.#inside.cluster.end('SIGKILL', this.id);
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    await this.#inside.cluster.spawn(this.id).ready;
  }

  /** Copies of parts as they are now, to be put back. It does not run. */
  keep(...parts: readonly Part[]): () => void {
    const { cluster } = this.#inside;
    const copy = path.join(cluster.cwd, `${this.id}-kept-${++this.#kept}`);
    for (const part of parts)
      cpSync(this.path(part), path.join(copy, part), { recursive: true, preserveTimestamps: true });
    return () => {
      for (const part of parts) this.replace(part, path.join(copy, part));
    };
  }

  /** Puts `source` in the place of a part; null leaves nothing there. */
  replace(part: Part, source: string | null): void {
    rmSync(this.path(part), { recursive: true, force: true });
    if (source === null || !existsSync(source)) return;
    if (statSync(source).isDirectory()) cpSync(source, this.path(part), { recursive: true });
    // With its mode: a key that others may read is refused for that.
    else copyFileSync(source, this.path(part));
  }

  /** D1: `what` was done to its disk, so it does not start, ends with the exit code of damage, and says `sentence`. */
  async refuses(what: string, sentence: RegExp): Promise<void> {
    const { cluster, did, broke } = this.#inside;
    did(what);
    const node = cluster.spawn(this.id);
    const said = await refusalOf(node);
    if (said === null) {
      broke(`${this.id} started although there was ${what}`);
      await this.kill();
      return;
    }
    const { code } = await node.exited;
    if (code !== EXIT_CODES.damaged)
      broke(`${this.id} ended with exit code ${code} for ${what}: ${said}`);
    else if (!sentence.test(said)) broke(`for ${what} ${this.id} said only: ${said}`);
    await sleep(RESTART_MS);
  }

  /** Waits until it has applied what the others have committed by now. Whether all states are equal is asked later. */
  async #catchUp(): Promise<boolean> {
    const { cluster } = this.#inside;
    const { committed } = await cluster.view();
    const deadline = performance.now() + CATCH_UP_MS;
    while (performance.now() < deadline) {
      const { nodes } = await cluster.view();
      const applied = nodes.find(({ id }) => id === this.id)?.view?.applied ?? 0;
      if (applied >= committed) return true;
      await sleep(POLL_MS);
    }
    return false;
  }

  /** It starts, and what comes of it is told: nothing is promised of a node that has forgotten something. */
  async comesBack(what: string): Promise<void> {
    const { did } = this.#inside;
    await this.start();
    did(what);
    if (await this.#catchUp()) did('it came as far as the others');
  }

  /** It starts, and is soon as far as everybody. */
  async recovers(what: string): Promise<void> {
    const { did, broke } = this.#inside;
    await this.start();
    did(what);
    if (!(await this.#catchUp()))
      broke(`${this.id} was not as far as the others ${CATCH_UP_MS / 1_000} s after it started`);
  }

  /** A share of the attack's time, or less if it is over before. */
  async wait(share: number): Promise<void> {
    const { seconds, stop } = this.#inside;
    await sleep(1_000 * share * seconds, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** What it said when it could not start; null if it listens. */
function refusalOf({ ready }: NodeProcess): Promise<string | null> {
  return ready.then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
