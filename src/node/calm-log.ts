/**
 * What others do must not fill the log (L2): of each code so many lines at once and so many a second, and how many were
 * left out with the next one. An operator reads what happens, and what happens all the time once.
 */
import { Allowance } from '../base/allowance.ts';
import { limits } from '../base/limits.ts';
import type { Log } from '../host/ports.ts';

interface Kind {
  readonly lines: Allowance;
  leftOut: number;
}

/** Codes are names in this program, so there are not many. */
export function calmLog(log: Log, deps: { readonly nowMs: () => number }): Log {
  const kinds = new Map<string, Kind>();
  const kindOf = (code: string): Kind => {
    const known = kinds.get(code);
    if (known !== undefined) return known;
    const options = { max: limits.logLinesMax, perSecond: limits.logLinesPerSecond };
    const kind = { lines: new Allowance(options), leftOut: 0 };
    kinds.set(code, kind);
    return kind;
  };
  return (level, code, text, detail) => {
    const kind = kindOf(code);
    const now = deps.nowMs();
    if (!kind.lines.has(now)) {
      kind.leftOut++;
      return;
    }
    kind.lines.take(1, now);
    const { leftOut } = kind;
    kind.leftOut = 0;
    log(level, code, text, leftOut === 0 ? detail : { ...detail, leftOut });
  };
}
