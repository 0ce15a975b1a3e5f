/**
 * What others do must not fill the log (L2): of each code, and of each peer or client that a line is about, so many lines
 * at once and so many a second, and how many were left out with the next one. An operator reads what happens, and what
 * happens all the time once; who makes it happen hides nobody else.
 */
import { Allowance } from '../base/allowance.ts';
import { limits } from '../base/limits.ts';
import type { Log } from '../host/ports.ts';

class Kind {
  readonly ofAll = new Allowance({
    max: limits.logLinesOfAllMax,
    perSecond: limits.logLinesOfAllPerSecond,
  });
  /** By id. */
  readonly abouts = new Map<string, About>();

  about(id: string): About {
    const known = this.abouts.get(id);
    if (known !== undefined) return known;
    const options = { max: limits.logLinesMax, perSecond: limits.logLinesPerSecond };
    const about = { lines: new Allowance(options), leftOut: 0 };
    this.abouts.set(id, about);
    return about;
  }
}

interface About {
  readonly lines: Allowance;
  leftOut: number;
}

/** Codes are names in this program, and ids are of the configuration: who is named in a line is proven. */
export function calmLog(log: Log, deps: { readonly nowMs: () => number }): Log {
  const kinds = new Map<string, Kind>();
  return (level, code, text, detail) => {
    const kind = kinds.get(code) ?? new Kind();
    kinds.set(code, kind);
    const about = kind.about(idIn(detail));
    const now = deps.nowMs();
    if (!about.lines.has(now) || !kind.ofAll.has(now)) {
      about.leftOut++;
      return;
    }
    about.lines.take(1, now);
    kind.ofAll.take(1, now);
    const { leftOut } = about;
    about.leftOut = 0;
    log(level, code, text, leftOut === 0 ? detail : { ...detail, leftOut });
  };
}

function idIn(detail: Parameters<Log>[3]): string {
  const id = detail?.['peer'] ?? detail?.['client'];
  return typeof id === 'string' ? id : '';
}
