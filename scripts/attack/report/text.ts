/** The results as a table for a terminal, with a sentence for everything that did not hold. */
import { formatTable } from '../../../bench/text/table.mjs';
import type { Result } from '../lab/verdict.ts';

export function resultTable(results: readonly Result[]): string {
  return formatTable({
    columns: [
      { title: 'attack', left: true },
      { title: 'by', left: true },
      { title: 'before/s' },
      { title: 'during/s' },
      { title: 'after/s' },
      { title: 'taken' },
      { title: 'of it CPU' },
      { title: 'p99 ms' },
      { title: 'during' },
      { title: 'gap ms' },
      { title: 'peak MiB' },
      { title: 'evidence' },
      { title: 'verdict', left: true },
    ],
    rows: results.map(rowOf),
  });
}

function rowOf(result: Result): readonly string[] {
  const { attack, rounds, taken, displaced, verdict } = result;
  const last = rounds.at(-1);
  if (last === undefined)
    return [attack.name, attack.by, ...Array.from({ length: 10 }, () => '–'), verdict];
  const { before, during, after, peakBytes } = last.figures;
  const evidence = Math.max(0, ...last.honest.map(({ view }) => view?.culprits.length ?? 0));
  return [
    attack.name,
    attack.by,
    whole(before.perSecond),
    whole(during.perSecond),
    whole(after.perSecond),
    share(taken),
    share(displaced),
    whole(before.p99Ms),
    whole(during.p99Ms),
    whole(during.gapMs),
    peakBytes === null ? '–' : whole(peakBytes / 2 ** 20),
    evidence === 0 ? '' : String(evidence),
    verdict,
  ];
}

function whole(value: number | null): string {
  return value === null ? '–' : Math.round(value).toLocaleString('en');
}

function share(value: number | null): string {
  return value === null ? '–' : `${Math.round(100 * value)} %`;
}

export function reasonLines(results: readonly Result[]): string {
  return results
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ attack, reasons }) => `${attack.name}:\n${reasons.map((one) => `  ${one}\n`).join('')}`)
    .join('');
}
