/** What `dev --import` prints when the import is done. */
import type { ClusterView } from '../cluster/status-view.ts';
import type { ImportSummary } from '../commands/import.ts';
import { statusJson } from '../commands/status.ts';
import { toJson } from '../output/encode.ts';
import { grouped, perSecond } from '../output/numbers.ts';
import { statusTable } from '../output/status-table.ts';
import { styleFor } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import type { World } from '../world.ts';

/** The table of `dev --import`: how fast it went, and where each node stands afterwards. */
export async function reportImport(
  world: World,
  isJson: boolean,
  summary: ImportSummary,
  view: ClusterView,
): Promise<void> {
  const { records, bytes, elapsedMs } = summary;
  const rate = perSecond(records, elapsedMs);
  if (isJson) {
    const numbers = { records, bytes, elapsedMs: Math.round(elapsedMs), recordsPerSecond: rate };
    return world.out.write(`${toJson({ ...numbers, ...statusJson(view) })}\n`);
  }
  const style = styleFor(world.out, world.env);
  const right = (title: string) => ({ title, align: 'right' }) as const;
  await world.out.write(
    formatTable(
      [right('records'), right('seconds'), right('records/s')],
      [[grouped(records), (elapsedMs / 1_000).toFixed(1), grouped(rate)]],
      style,
    ),
  );
  await world.out.write(`\n${statusTable(view, style)}`);
}
