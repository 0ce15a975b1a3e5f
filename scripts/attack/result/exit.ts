/** Documented in docs/attacks.md, and stable. */
import type { Report } from './format.ts';

export const EXIT = { held: 0, broken: 1, usage: 2, failed: 3, stopped: 130 } as const;

/** What was never promised may fall. */
export function exitCodeOf(reports: readonly Report[]): number {
  const verdicts = new Set(reports.flatMap(({ results }) => results.map(({ verdict }) => verdict)));
  if (verdicts.has('broken')) return EXIT.broken;
  return verdicts.has('failed') ? EXIT.failed : EXIT.held;
}
