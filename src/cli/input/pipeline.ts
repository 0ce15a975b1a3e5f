/**
 * Puts the records of a stream: many at once, memory bounded, and what was acknowledged is known to the line. Records
 * go in batches, each one transaction, because the session's window (C2) counts commands. Two batches with the same
 * key are never in flight together, so that the later record wins, as in the file.
 */
import { CliError, stoppedBy } from '../cli-error.ts';
import { deferred } from '../deferred.ts';
import { readLines } from './lines.ts';
import { RECORD_LINE_BYTES_MAX, parseRecord } from './record.ts';
import type { KeyValue } from './record.ts';
import type { Line } from './lines.ts';

export interface PipelineOptions {
  /** For messages: the file's name, or `standard input`. */
  readonly name: string;
  /** Lines before this one are skipped. */
  readonly fromLine: number;
  /** Records of one transaction, and their bytes (a larger record goes alone). */
  readonly batchMax: number;
  readonly batchBytesMax: number;
  /** Records under way, and their bytes. */
  readonly inFlightMax: number;
  readonly inFlightBytesMax: number;
}

const LINGER_MS = 20;

export interface PipelineDeps {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Resolves when the cluster acknowledged all of them, written in their order. */
  readonly put: (records: readonly KeyValue[]) => Promise<unknown>;
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

interface Batch {
  readonly firstLine: number;
  readonly records: KeyValue[];
  readonly names: Set<string>;
  bytes: number;
}

function sizeOf({ key, value }: KeyValue): number {
  return key.length + (typeof value === 'bigint' ? 8 : value.length);
}

class Window {
  readonly #deps: PipelineDeps;
  readonly #options: PipelineOptions;
  /** Batches under way, by the names of their keys. */
  readonly #pending = new Map<string, Promise<void>>();
  #batch: Batch | null = null;
  #recordsInFlight = 0;
  #bytesInFlight = 0;
  /** Called when a batch is done: others wait for its room. */
  #wake: (() => void)[] = [];
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

  /** Takes a record; resolves when there is room for the next one. */
  async add(record: KeyValue, line: number): Promise<void> {
    const name = Buffer.from(record.key).toString('latin1');
    const size = sizeOf(record);
    const { batchMax, batchBytesMax } = this.#options;
    if (this.#batch !== null && this.#batch.bytes + size > batchBytesMax) await this.#dispatch();
    // Last, because the batch that was just sent may hold the same key.
    await this.#pending.get(name);
    this.#batch ??= this.#open(line);
    this.#batch.records.push(record);
    this.#batch.names.add(name);
    this.#batch.bytes += size;
    if (this.#batch.records.length >= batchMax) await this.#dispatch();
  }

  #open(firstLine: number): Batch {
    const batch = { firstLine, records: [], names: new Set<string>(), bytes: 0 };
    // Input that comes slowly is not held back.
    setTimeout(() => {
      if (this.#batch === batch) void this.#dispatch();
    }, LINGER_MS);
    return batch;
  }

  /** Sends the open batch; resolves when it is on its way. */
  async #dispatch(): Promise<void> {
    const batch = this.#batch;
    if (batch === null) return;
    this.#batch = null;
    const sent = deferred<void>();
    const done = this.#send(batch, () => sent.resolve()).finally(() => {
      for (const name of batch.names) this.#pending.delete(name);
      for (const wake of this.#wake.splice(0)) wake();
    });
    // Known from now on: no later record of these keys overtakes it.
    for (const name of batch.names) this.#pending.set(name, done);
    await sent.promise;
  }

  async #send(batch: Batch, onSent: () => void): Promise<void> {
    const { records, bytes, firstLine } = batch;
    while (this.#isFull(batch)) await new Promise<void>((resolve) => this.#wake.push(resolve));
    onSent();
    // What stands before a line that failed is still sent: nothing before it may be lost.
    if (this.failure !== null && this.failure.line < firstLine) return;
    this.#recordsInFlight += records.length;
    this.#bytesInFlight += bytes;
    try {
      await this.#deps.put(records);
      this.records += records.length;
      this.bytesDone += bytes;
    } catch (error) {
      this.fail(firstLine, error);
    }
    this.#recordsInFlight -= records.length;
    this.#bytesInFlight -= bytes;
  }

  /** One batch alone always goes, however large. */
  #isFull({ records, bytes }: Batch): boolean {
    const { inFlightMax, inFlightBytesMax } = this.#options;
    if (this.#recordsInFlight === 0) return false;
    const isCrowded = this.#recordsInFlight + records.length > inFlightMax;
    return isCrowded || this.#bytesInFlight + bytes > inFlightBytesMax;
  }

  async drain(): Promise<void> {
    await this.#dispatch();
    await Promise.all(this.#pending.values());
  }
}

function badLine(name: string, line: number, reason: string): CliError {
  const what = reason.startsWith('field ') ? reason : `the line ${reason}`;
  return new CliError('input', `${name}:${line}: ${what}`, { code: 'bad-line' });
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
