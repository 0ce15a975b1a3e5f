/**
 * One process per client key (C2: two would take each other's sequence numbers). An advisory lock file next to the
 * key names the process that holds it; the lock of a process that is gone is taken over.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, isSystemError, systemError } from '../cli-error.ts';

const RETRY_MS = 50;

export interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with the same id; null where the system does not say. */
  readonly started: string | null;
}

export interface KeyLock {
  release(): void;
}

/** When a process started, in the kernel's ticks since boot (proc(5), field 22), or null. */
function startOf(pid: number): string | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in field 2 may hold spaces and parentheses, so counting begins behind the last one.
    return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    // No such process, or no /proc: both say nothing about when it started.
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    if (!isSystemError(error, 'EPERM')) return false;
  }
  const started = startOf(holder.pid);
  return started === null || holder.started === null || started === holder.started;
}

function parseHolder(text: string): Holder | null {
  const [pid, started] = text.trim().split(' ');
  if (pid === undefined || !/^[1-9]\d{0,9}$/u.test(pid)) return null;
  return { pid: Number(pid), started: started ?? null };
}

/** A holder's line is shorter; what is longer is none. */
const LINE_BYTES_MAX = 256;

/**
 * Null where there is no file. In the system's temporary directory anybody may have put something else in its place:
 * what is no file holds nothing, and nobody waits for the writer of a pipe.
 */
function readIfThere(file: string): string | null {
  try {
    const opened = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!fstatSync(opened).isFile()) return '';
      const bytes = Buffer.alloc(LINE_BYTES_MAX);
      return bytes.toString('utf8', 0, readSync(opened, bytes));
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Whether this process has the lock now; a file appears whole or not at all, because it is linked into place. */
function tryTake(lockFile: string, content: string): boolean {
  const own = `${lockFile}.${process.pid}`;
  writeFileSync(own, content, { mode: 0o600 });
  try {
    linkSync(own, lockFile);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes a dead process's lock away; if another process was faster and a live lock was moved, it is put back. */
function removeStale(lockFile: string, staleContent: string): void {
  const aside = `${lockFile}.${process.pid}.stale`;
  try {
    renameSync(lockFile, aside);
    if (readIfThere(aside) !== staleContent) linkSync(aside, lockFile);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT') && !isSystemError(error, 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** The process that holds the lock, or null if this one has it now. */
function attempt(lockFile: string, content: string): Holder | null {
  for (;;) {
    if (tryTake(lockFile, content)) return null;
    const found = readIfThere(lockFile);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && isAlive(holder)) return holder;
    removeStale(lockFile, found);
  }
}

/** Next to the key; for a key in a directory that cannot be written to, in the system's temporary directory. */
function lockFileFor(keyFile: string, content: string): string {
  const real = realpathSync(keyFile);
  const beside = `${real}.lock`;
  try {
    const probe = `${beside}.${process.pid}`;
    writeFileSync(probe, content, { mode: 0o600 });
    rmSync(probe, { force: true });
    return beside;
  } catch (error) {
    const cannotWrite = ['EACCES', 'EPERM', 'EROFS'].some((code) => isSystemError(error, code));
    if (!cannotWrite) throw error;
    const name = createHash('sha256').update(real).digest('hex').slice(0, 32);
    return path.join(tmpdir(), `tangaroa-key-${name}.lock`);
  }
}

/**
 * Takes the lock of a client key, waiting up to `waitMs` for another process.
 *
 * @throws CliError `environment`, code `key-in-use`, naming the other process.
 */
export async function lockKey(
  keyFile: string,
  options: {
    /** The key's path as the user wrote it. */
    readonly shown: string;
    readonly waitMs: number;
    readonly isStopped: () => boolean;
  },
): Promise<KeyLock> {
  const content = `${process.pid} ${startOf(process.pid) ?? ''}\n`;
  try {
    const lockFile = lockFileFor(keyFile, content);
    const deadlineMs = performance.now() + options.waitMs;
    for (;;) {
      const holder = attempt(lockFile, content);
      if (holder === null) return { release: () => releaseLock(lockFile, content) };
      if (performance.now() >= deadlineMs || options.isStopped())
        throw new CliError(
          'environment',
          `client key ${options.shown} is in use by process ${holder.pid}`,
          {
            code: 'key-in-use',
            hint: 'wait until that is done, or use another key with --key',
            retryable: true,
            outcome: 'not-applied',
          },
        );
      await sleep(RETRY_MS);
    }
  } catch (error) {
    throw systemError(`lock the client key ${options.shown}`, error);
  }
}

function releaseLock(lockFile: string, content: string): void {
  if (readIfThere(lockFile) === content) rmSync(lockFile, { force: true });
}
