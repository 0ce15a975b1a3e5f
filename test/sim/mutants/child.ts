/** A child process that speaks in lines of JSON, bounded in the time between two of them. */
import { spawn } from 'node:child_process';
import process from 'node:process';

export interface ChildOptions {
  readonly program: string;
  readonly argument: unknown;
  /** It is killed when nothing came for so long. */
  readonly silenceMs: number;
}

/** Resolves when it has ended: null if all went well, otherwise what went wrong. */
export function runChild<Word>(
  { program, argument, silenceMs }: ChildOptions,
  hear: (word: Word) => void,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, JSON.stringify(argument)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', end);
    let late = false;
    let timer = setTimeout(stopWaiting, silenceMs);
    function stopWaiting(): void {
      late = true;
      child.kill('SIGKILL');
    }
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      clearTimeout(timer);
      timer = setTimeout(stopWaiting, silenceMs);
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(JSON.parse(line) as Word);
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const finish = (problem: string | null): void => {
      clearTimeout(timer);
      process.removeListener('exit', end);
      resolve(problem);
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code) => {
      if (late) finish(`nothing came for ${silenceMs / 1000} s`);
      else finish(code === 0 ? null : `ended with status ${code}\n${errors}`);
    });
  });
}
