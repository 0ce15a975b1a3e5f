/** What a command may touch of the world, so that tests give it another one. Only `main.ts` makes the real one. */

/** An output that waits when its reader is slow. */
export interface Sink {
  write(data: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** Characters per line of a terminal. */
  readonly columns: number;
}

/** The IPC channel to the process that forked this one. */
export interface ParentLink {
  send(message: unknown): void;
  /** Called once when the parent is gone, however it ended. */
  onGone(callback: () => void): void;
  /** Lets this process end. */
  end(): void;
}

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  /** Data. */
  readonly out: Sink;
  /** Messages, progress and logs. */
  readonly err: Sink;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; its reason is the signal's name. The second one exits at once. */
  readonly stop: AbortSignal;
  /** Runs at the very end of the process, synchronously, however it ends. */
  onExit(callback: () => void): void;
  readonly parent: ParentLink | null;
  /** The file that runs this program, for processes started by it. */
  readonly entry: string;
  /** How to call this program in a command that the user may paste. */
  readonly program: string;
}

const FALSE_WORDS: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/** A yes-or-no variable: unset, empty, 0, false, no and off mean no. */
export function isSet(text: string | undefined): boolean {
  return text !== undefined && !FALSE_WORDS.has(text.toLowerCase());
}
