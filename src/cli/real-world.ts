/** The world as the process has it. */
import path from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import process from 'node:process';
import { shownPath } from './cluster/files.ts';
import type { ParentLink, Sink, World } from './world.ts';

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
      // A terminal that does not know its size says 0.
      return stream.columns === undefined || stream.columns === 0 ? 100 : stream.columns;
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

function parentLink(): ParentLink | null {
  if (process.send === undefined) return null;
  return {
    send: (message) => {
      // A parent that is gone hears nothing; `onGone` says so.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onGone: (callback) => {
      if (process.connected) process.once('disconnect', callback);
      else callback();
    },
    end: () => {
      if (process.connected) process.disconnect();
    },
  };
}

/** As installed, through npm in a clone, or as a file of a clone: each can be pasted where this was called. */
function programName(): string {
  const entry = process.argv[1] ?? '';
  // npx starts it by its installed name, too, from a folder that no shell looks into.
  if (process.env['npm_command'] !== undefined) return 'npx tangaroa';
  if (path.basename(entry) === 'tangaroa') return 'tangaroa';
  return `node ${shownPath(entry, process.cwd())}`;
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
    parent: parentLink(),
    entry: process.argv[1] ?? '',
    program: programName(),
  };
}
