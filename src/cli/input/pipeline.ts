/**
 * Puts the records of a stream: many at once, memory bounded, and what was acknowledged is known to the line. Two
 * records of one key are never in flight together, so that the later one wins, as in the file.
 */
import { CliError, stoppedBy } from '../cli-error.ts';
import { readLines } from './lines.ts';
import { RECORD_LINE_BYTES_MAX, parseRecord } from './record.ts';
import type { KeyValue } from './record.ts';
import type { Line } from './lines.ts';

export interface PipelineOptions {
  /** For messages: the file's name, or `standard input`. */
  readonly name: string;
  /** Lines before this one are skipped. */
  readonly fromLine: number;
  readonly inFlightMax: number;
  readonly inFlightBytesMax: number;
}

export interface PipelineDeps {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Resolves when the cluster acknowledged it. */
  readonly put: (record: KeyValue) => Promise<unknown>;
  readonly stop: AbortSignal;
  /** Called after every line that was handed over. */
  readonly onProgress: (progress: PipelineProgress) => Promise<void>;
}

export interface PipelineProgress {
  /** Records acknowledged. */
  readonly records: number;
  /** Bytes of the input that were read. */
  readonly offset: number;
}

export interface PipelineResult {
  readonly records: number;
  readonly bytes: number;
  /** What ended it early: everything before `line` was acknowledged. Null when all was imported. */
  readonly failure: { readonly line: number; readonly error: unknown } | null;
}

class Window {
  readonly #deps: PipelineDeps;
  readonly #options: PipelineOptions;
  readonly #pending = new Map<string, Promise<void>>();
  #bytes = 0;
  /** Called when one is done: the reader waits for room. */
  #wake: (() => void) | null = null;
  records = 0;
  bytesDone = 0;
  /** The lowest line that failed. */
  failure: PipelineResult['failure'] = null;

  constructor(options: PipelineOptions, deps: PipelineDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  fail(line: number, error: unknown): void {
    if (this.failure === null || line < this.failure.line) this.failure = { line, error };
  }

  /** Hands a record over once there is room for it. */
  async add(record: KeyValue, line: number): Promise<void> {
    const valueBytes = typeof record.value === 'bigint' ? 8 : record.value.length;
    const size = record.key.length + valueBytes;
    const name = Buffer.from(record.key).toString('latin1');
    await this.#pending.get(name);
    while (this.#isFull(size))
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.failure !== null) return;
    this.#bytes += size;
    const done = this.#deps
      .put(record)
      .then(
        () => {
          this.records++;
          this.bytesDone += size;
        },
        (error: unknown) => this.fail(line, error),
      )
      .finally(() => {
        this.#bytes -= size;
        this.#pending.delete(name);
        this.#wake?.();
        this.#wake = null;
      });
    this.#pending.set(name, done);
  }

  #isFull(size: number): boolean {
    const { inFlightMax, inFlightBytesMax } = this.#options;
    if (this.#pending.size === 0) return false;
    return this.#pending.size >= inFlightMax || this.#bytes + size > inFlightBytesMax;
  }

  async drain(): Promise<void> {
    await Promise.all(this.#pending.values());
  }
}

function badLine(name: string, line: number, reason: string): CliError {
  return new CliError('input', `${name}:${line}: the line ${reason}`, { code: 'bad-line' });
}

/** Blank lines are allowed; whatever else is no record is an error. */
async function addLine(window: Window, line: Line, options: PipelineOptions): Promise<void> {
  if (line.bytes.length === 0 || line.number < options.fromLine) return;
  const record = parseRecord(line.bytes);
  if (typeof record === 'string')
    window.fail(line.number, badLine(options.name, line.number, record));
  else await window.add(record, line.number);
}

export async function runPipeline(
  options: PipelineOptions,
  deps: PipelineDeps,
): Promise<PipelineResult> {
  const window = new Window(options, deps);
  const lines = readLines(deps.chunks, { name: options.name, bytesMax: RECORD_LINE_BYTES_MAX });
  let next = 1;
  try {
    for await (const line of lines) {
      next = line.number;
      if (deps.stop.aborted) window.fail(next, stoppedBy(deps.stop));
      if (window.failure !== null) break;
      await addLine(window, line, options);
      next = line.number + 1;
      await deps.onProgress({ records: window.records, offset: line.endOffset });
    }
  } catch (error) {
    // The input itself: unreadable, or a line too long. What was handed over is still waited for.
    window.fail(next, deps.stop.aborted ? stoppedBy(deps.stop) : error);
  }
  await window.drain();
  return { records: window.records, bytes: window.bytesDone, failure: window.failure };
}
