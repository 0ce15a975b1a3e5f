/** Lines for operators: JSON by pino, to standard error unless told otherwise. */
import { destination, pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Level } from '../consensus/core.ts';
import type { Log } from '../host/ports.ts';

const STANDARD_ERROR = 2;

/**
 * A log whose every line carries `node`, the stable `code` of what happened and the moment (ISO 8601).
 * Lines are written synchronously, so that the last one before a crash is not lost.
 */
export function makeLog(
  options: { readonly level: Level | 'silent'; readonly node?: string },
  stream: DestinationStream = destination({ fd: STANDARD_ERROR, sync: true }),
): Log {
  const logger = pino(
    {
      level: options.level,
      base: options.node === undefined ? null : { node: options.node },
      messageKey: 'text',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return (level, code, text, detail) => logger[level]({ ...detail, code }, text);
}
