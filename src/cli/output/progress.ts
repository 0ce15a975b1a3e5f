/** A progress line on standard error, drawn only on a terminal and at most ten times a second. */
import type { Sink } from '../world.ts';
import { grouped, perSecond, seconds } from './numbers.ts';

const REDRAW_MS = 100;
const BAR_WIDTH = 24;

export interface ProgressState {
  readonly done: number;
  readonly noun: string;
  /** Share of the input that was read, 0 to 1; null where its size is unknown (a pipe). */
  readonly share: number | null;
}

export function progressLine(state: ProgressState, elapsedMs: number, columns: number): string {
  const parts = [
    `${grouped(state.done)} ${state.noun}`,
    `${grouped(perSecond(state.done, elapsedMs))}/s`,
    seconds(elapsedMs),
  ];
  if (state.share !== null) {
    const share = Math.min(1, Math.max(0, state.share));
    const filled = Math.round(share * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    parts.unshift(`${bar} ${String(Math.floor(share * 100)).padStart(3)} %`);
  }
  return parts.join('  ').slice(0, Math.max(0, columns - 1));
}

export class Progress {
  readonly #sink: Sink;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  constructor(options: { readonly sink: Sink; readonly nowMs: () => number }) {
    this.#sink = options.sink;
    this.#nowMs = options.nowMs;
    this.#startedMs = options.nowMs();
  }

  async update(state: ProgressState): Promise<void> {
    if (!this.#sink.isTerminal) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    this.#isDrawn = true;
    const line = progressLine(state, nowMs - this.#startedMs, this.#sink.columns);
    await this.#sink.write(`\r\u001b[2K${line}`);
  }

  /** Takes the line away, so that a message can follow. */
  async clear(): Promise<void> {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    await this.#sink.write('\r\u001b[2K');
  }
}
