/** The world as the process has it. */
import { addAbortSignal } from 'node:stream';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import process from 'node:process';
import type { Sink, World } from './world.ts';

const SIGNAL_NUMBER = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type StopSignal = keyof typeof SIGNAL_NUMBER;

/** Writes wait for a slow reader. A reader that went away (`| head`) ends the process quietly, as for any filter. */
function sinkOf(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }): Sink {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 100;
    },
    write: (data) =>
      new Promise((resolve) => {
        if (stream.write(data)) resolve();
        else stream.once('drain', resolve);
      }),
  };
}

/** The first signal asks for an orderly end, the second one exits at once. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: StopSignal): void => {
    if (controller.signal.aborted) process.exit(128 + SIGNAL_NUMBER[name]);
    controller.abort(name);
  };
  for (const name of Object.keys(SIGNAL_NUMBER) as StopSignal[])
    process.on(name, () => onSignal(name));
  return controller.signal;
}

export function realWorld(): World {
  const stop = stopOnSignals();
  return {
    env: process.env,
    cwd: process.cwd(),
    // Touched only when it is read: an untouched standard input keeps no process alive.
    stdin: {
      [Symbol.asyncIterator]: () => addAbortSignal(stop, process.stdin)[Symbol.asyncIterator](),
    },
    stdinIsTerminal: isatty(0),
    out: sinkOf(process.stdout),
    err: sinkOf(process.stderr),
    stop,
    onExit: (callback) => void process.on('exit', callback),
    program: process.env['npm_lifecycle_event'] === undefined ? 'tangaroa' : 'npx tangaroa',
  };
}
