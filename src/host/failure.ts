/** Why a host stopped by itself. */
export type HostFailureCode =
  /** E5: more than f voters are Byzantine; the proof is on disk. */
  | 'halted'
  /** A write failed: nothing was sent after it (habit 10). */
  | 'store-failed'
  /** The machine could not apply or read, or a record that was read is damaged. */
  | 'machine-failed'
  /** Our own bug. */
  | 'internal';

export class HostFailure extends Error {
  override readonly name = 'HostFailure';
  readonly code: HostFailureCode;

  constructor(code: HostFailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
