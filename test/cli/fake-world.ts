/** A world for commands run inside the test's own process. */
import { buildProgram } from '../../src/cli/program.ts';
import { describeFailure } from '../../src/cli/report-error.ts';
import { plain } from '../../src/cli/output/style.ts';
import type { Sink, World } from '../../src/cli/world.ts';

export interface FakeSink extends Sink {
  text(): string;
}

export function fakeSink(options: { isTerminal?: boolean; columns?: number } = {}): FakeSink {
  const chunks: Uint8Array[] = [];
  return {
    isTerminal: options.isTerminal ?? false,
    columns: options.columns ?? 100,
    write: (data) => {
      chunks.push(Buffer.from(data));
      return Promise.resolve();
    },
    text: () => Buffer.concat(chunks).toString(),
  };
}

export interface FakeOptions {
  readonly env?: World['env'];
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly isTerminal?: boolean;
}

/** A stream of these chunks. */
export async function* stream(...chunks: readonly (string | Uint8Array)[]) {
  for (const chunk of chunks) yield await Promise.resolve(Uint8Array.from(Buffer.from(chunk)));
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function fakeWorld(options: FakeOptions) {
  const out = fakeSink(options);
  const err = fakeSink(options);
  const exits: (() => void)[] = [];
  const world: World = {
    env: options.env ?? {},
    cwd: options.cwd ?? '/nonexistent',
    stdin: stream(options.stdin ?? ''),
    stdinIsTerminal: false,
    out,
    err,
    stop: new AbortController().signal,
    onExit: (callback) => void exits.push(callback),
    parent: null,
    entry: '/nonexistent',
    program: 'tangaroa',
  };
  return { world, out, err, exits };
}

/** Runs one command line as `main.ts` does. */
export async function run(args: readonly string[], options: FakeOptions = {}): Promise<Ran> {
  const { world, out, err, exits } = fakeWorld(options);
  let code = 0;
  try {
    await buildProgram(world, '1.2.3').parseAsync(args, { from: 'user' });
  } catch (error) {
    const failure = describeFailure(error, {
      json: args.includes('--json'),
      debug: false,
      style: plain,
    });
    code = failure.exitCode;
    await err.write(failure.text);
  } finally {
    for (const exit of exits) exit();
  }
  return { code, out: out.text(), err: err.text() };
}
