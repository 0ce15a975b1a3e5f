/** Errors of the file system and of LevelDB, as something that an operator can act on. */
import { errorCodes } from './error-code.ts';

export type DiskErrorCode =
  | 'data-missing'
  | 'data-exists'
  | 'data-not-a-directory'
  | 'data-not-writable'
  | 'data-read-only'
  | 'data-locked'
  | 'data-damaged'
  | 'disk-full'
  | 'disk-failed'
  | 'genesis-invalid'
  | 'key-not-listed'
  | 'key-not-of-log';

/** Says what is wrong with which path, and what to do. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: DiskErrorCode;
  readonly path: string;

  constructor(code: DiskErrorCode, path: string, message: string, cause?: unknown) {
    super(`${path}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}

interface Kind {
  readonly code: DiskErrorCode;
  /** Codes of Node and of abstract-level. */
  readonly codes: readonly string[];
  /** LevelDB says what the system told it in words only. */
  readonly words?: RegExp;
  readonly advice: string;
}

const KINDS: readonly Kind[] = [
  {
    code: 'data-locked',
    codes: ['LEVEL_LOCKED'],
    advice:
      'is in use by another process. A node runs once: stop the other one, or use another directory',
  },
  {
    code: 'disk-full',
    codes: ['ENOSPC', 'EDQUOT'],
    words: /no space left|quota exceeded/iu,
    advice:
      'the disk is full. The node has stopped, since it must not promise what it cannot keep; make room and start it again',
  },
  {
    code: 'data-read-only',
    codes: ['EROFS'],
    words: /read-only file system/iu,
    advice: 'is on a file system that is mounted read-only; mount it writable',
  },
  {
    code: 'data-not-writable',
    codes: ['EACCES', 'EPERM'],
    words: /permission denied|operation not permitted/iu,
    advice: 'this user may not write there; run the node as the owner, or chown the directory',
  },
  { code: 'data-missing', codes: ['ENOENT'], advice: "does not exist; 'tangaroa init' makes it" },
  { code: 'data-exists', codes: ['EEXIST'], advice: 'exists already; nothing is overwritten' },
  { code: 'data-not-a-directory', codes: ['ENOTDIR'], advice: 'is not a directory' },
  {
    code: 'data-damaged',
    codes: ['LEVEL_CORRUPTION'],
    words: /corruption/iu,
    advice: 'the database is damaged',
  },
];

/** The database of a data directory that is damaged decides what is to be done. */
export type Part = 'log' | 'state';

const MENDING: Readonly<Record<Part, string>> = {
  log:
    'A node that forgot what it promised is Byzantine (D1): keep the directory and leave this node stopped; do not ' +
    "repair the log, delete it or copy another node's",
  state:
    'Nothing is lost, since the state is made again from the log: with the node stopped, delete its directory ' +
    "'state', and only that, and start the node",
};

/** `path` holds something else than the node wrote to its log or its state, or nothing. */
export function damagedPart(part: Part, path: string, reason: string, cause?: unknown): DiskError {
  return new DiskError('data-damaged', path, `${reason}. ${MENDING[part]}`, cause);
}

/** What is wrong with `path`, the database of `part`. */
export function databaseError(part: Part, path: string, error: unknown): DiskError {
  const described = diskError(path, error);
  if (described.code !== 'data-damaged' || described === error) return described;
  return damagedPart(part, path, described.message.slice(path.length + 2), error);
}

/** What is wrong with `path`. The system's own words follow the advice; the error stands behind as the cause. */
export function diskError(path: string, error: unknown): DiskError {
  if (error instanceof DiskError) return error;
  const codes = errorCodes(error);
  const words = messages(error);
  const kind =
    KINDS.find((each) => each.codes.some((code) => codes.includes(code))) ??
    KINDS.find((each) => each.words?.test(words) === true);
  const said = words.split('\n').at(-1) ?? '';
  return kind === undefined
    ? new DiskError('disk-failed', path, `cannot be used (${said})`, error)
    : new DiskError(kind.code, path, `${kind.advice} (${said})`, error);
}

/** The messages of an error and its causes, the innermost last. */
function messages(error: unknown): string {
  const lines: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < 8 && at instanceof Error; depth++, at = at.cause)
    lines.push(at.message.replaceAll('\n', ' '));
  return lines.length === 0 ? String(error) : lines.join('\n');
}
