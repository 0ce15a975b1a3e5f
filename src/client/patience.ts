/** How long callers wait: deadlines and abort signals of all operations, on one interval. */
import { Deadlines } from './deadlines.ts';
import type { Timed } from './deadlines.ts';
import { TangaroaError } from './errors.ts';
import type { AbortSignalLike, CallOptions, ClientClock } from './ports.ts';

/** Why an operation ends without an answer. */
export type GiveUp =
  | { readonly type: 'timeout'; readonly afterMs: number }
  | { readonly type: 'aborted'; readonly reason: unknown };

/** An operation in progress. `giveUp` is called at most once, and not after `end`. */
export interface Waiting extends Timed {
  timeoutMs: number;
  stopListening: (() => void) | null;
  giveUp(why: GiveUp): void;
}

export function notWaiting(): Pick<
  Waiting,
  'deadlineMs' | 'before' | 'after' | 'timeoutMs' | 'stopListening'
> {
  return { deadlineMs: 0, before: null, after: null, timeoutMs: 0, stopListening: null };
}

export class Patience {
  readonly #deadlines: Deadlines<Waiting>;
  readonly #clock: ClientClock;
  readonly #defaultMs: number;

  constructor(
    options: { readonly tickMs: number; readonly defaultMs: number },
    clock: ClientClock,
  ) {
    this.#clock = clock;
    this.#defaultMs = options.defaultMs;
    this.#deadlines = new Deadlines(options.tickMs, clock.monotonicMs());
  }

  get waiting(): number {
    return this.#deadlines.size;
  }

  begin(operation: Waiting, options: CallOptions | undefined): void {
    const timeoutMs = options?.timeoutMs ?? this.#defaultMs;
    operation.timeoutMs = timeoutMs;
    operation.deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    this.#deadlines.add(operation);
    const signal = options?.signal;
    if (signal === undefined) return;
    const onAbort = (): void => {
      this.end(operation);
      operation.giveUp({ type: 'aborted', reason: signal.reason });
    };
    signal.addEventListener('abort', onAbort);
    operation.stopListening = () => signal.removeEventListener('abort', onAbort);
  }

  /** The operation has its answer, or gave up. */
  end(operation: Waiting): void {
    this.#deadlines.remove(operation);
    operation.stopListening?.();
    operation.stopListening = null;
  }

  tick(nowMs: number): void {
    for (const operation of this.#deadlines.due(nowMs)) {
      this.end(operation);
      operation.giveUp({ type: 'timeout', afterMs: operation.timeoutMs });
    }
  }
}

/** @throws TangaroaError `aborted` where the signal fired before anything began; `invalid-argument` */
export function checkCall(options: CallOptions | undefined): void {
  if (options === undefined) return;
  if (options.signal?.aborted === true) throw abortedBefore(options.signal);
  const { timeoutMs } = options;
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= 2 ** 40))
    throw new TangaroaError(
      'invalid-argument',
      `timeoutMs must be a positive number of milliseconds, not ${timeoutMs}`,
      { outcome: 'not-applied', retryable: false },
    );
}

function abortedBefore(signal: AbortSignalLike): TangaroaError {
  return new TangaroaError('aborted', 'aborted before it was sent: nothing was applied', {
    outcome: 'not-applied',
    retryable: true,
    cause: signal.reason,
  });
}
