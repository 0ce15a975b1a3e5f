/** `tangaroa import` and `export`. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { TangaroaClient } from '../../client/client.ts';
import { pages, rangeOf, showCursor } from '../cluster/pages.ts';
import type { RangeFlags } from '../cluster/pages.ts';
import { withClient } from '../cluster/session.ts';
import { fromClientError } from '../cluster/client-error.ts';
import { CliError } from '../cli-error.ts';
import { clientFlags, keyFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { runPipeline } from '../input/pipeline.ts';
import type { PipelineResult } from '../input/pipeline.ts';
import { formatRecord } from '../input/record.ts';
import type { KeyValue } from '../input/record.ts';
import { openSource } from '../input/source.ts';
import type { Source } from '../input/source.ts';
import { integerBetween } from '../input/values.ts';
import { toJson } from '../output/encode.ts';
import { counted, grouped, perSecond, seconds } from '../output/numbers.ts';
import { Progress } from '../output/progress.ts';
import type { World } from '../world.ts';
import { localFlags, rangeFlags, readOptions, refuseUnknownNode } from './get.ts';
import type { LocalFlags } from './get.ts';

const PIPELINE = {
  batchMax: 32,
  batchBytesMax: 64 * 1024,
  inFlightMax: 2_048,
  inFlightBytesMax: 16 * 1024 * 1024,
} as const;
/** Of one record: an import should sit out a change of leader on a busy machine. */
const IMPORT_TIMEOUT_MS = 60_000;
const EXPORT_PAGE_ITEMS = 1_000;

interface ImportFlags extends ClientFlags {
  readonly fromLine: number;
}

interface ExportFlags extends ClientFlags, RangeFlags, LocalFlags {}

const RECORDS = `
A record is one JSON object a line: {"key":…,"value":…}. Bytes that are no text are keyHex,
keyBase64, valueHex, valueBase64; a 64-bit counter is {"key":…,"counter":"42"}.
`;

const IMPORT_EXAMPLES = `${RECORDS}
Where it stops early, everything before the named line is committed; --from-line goes on there.
Importing a line again does no harm.

Examples:
  $ tangaroa import ../shared/data/debian-packages.jsonl
  $ zcat backup.jsonl.gz | tangaroa import -
  $ tangaroa import packages.jsonl --from-line 20001
`;

const EXPORT_EXAMPLES = `${RECORDS}
Keys come in their order. Each page of ${EXPORT_PAGE_ITEMS} sees the state at its own moment: keys that
change meanwhile appear once, as before or after.

Examples:
  $ tangaroa export > backup.jsonl
  $ tangaroa export --prefix debian/ | LC_ALL=C sort | cmp - ../shared/data/debian-packages.jsonl
`;

export interface ImportSummary {
  readonly records: number;
  readonly bytes: number;
  readonly elapsedMs: number;
}

/** Adds to an error where to go on, if that is not the first line. */
function withResume(failure: NonNullable<PipelineResult['failure']>): unknown {
  const error = fromClientError(failure.error);
  if (!(error instanceof CliError)) return error;
  const before =
    failure.line === 1 ? 'nothing was imported' : `lines 1 to ${failure.line - 1} are in`;
  const how = `${before}; go on with --from-line ${failure.line}`;
  return error.extended({ hint: failure.line === 1 ? before : how });
}

function putAll(client: TangaroaClient, batch: readonly KeyValue[]): Promise<unknown> {
  const [first] = batch;
  if (first !== undefined && batch.length === 1) return client.put(first.key, first.value);
  return client.transaction({ then: batch.map((record) => ({ type: 'put', ...record })) });
}

/**
 * Imports a source through a client, with a progress bar on a terminal.
 *
 * @throws CliError what stopped it, with the line to go on from
 */
export async function importSource(
  options: { readonly source: Source; readonly fromLine: number },
  deps: { readonly client: TangaroaClient; readonly world: World },
): Promise<ImportSummary> {
  const { source, fromLine } = options;
  const { client, world } = deps;
  const startedMs = performance.now();
  const progress = new Progress({ sink: world.err, nowMs: () => performance.now() });
  const result = await runPipeline(
    { name: source.name, fromLine, ...PIPELINE },
    {
      chunks: source.chunks,
      put: (batch) => putAll(client, batch),
      stop: world.stop,
      onProgress: ({ records, offset }) =>
        progress.update({
          done: records,
          noun: 'records',
          share: source.size === null ? null : offset / Math.max(1, source.size),
        }),
    },
  );
  await progress.clear();
  if (result.failure !== null) throw withResume(result.failure);
  const { records, bytes } = result;
  return { records, bytes, elapsedMs: performance.now() - startedMs };
}

async function runImport(world: World, file: string, flags: ImportFlags): Promise<void> {
  const source = await openSource(file, world);
  await withClient(world, flags, 'ordered', async ({ client }) => {
    const summary = await importSource({ source, fromLine: flags.fromLine }, { client, world });
    const { records, bytes, elapsedMs } = summary;
    const rate = perSecond(records, elapsedMs);
    const text = `imported ${counted(records, 'record')} in ${seconds(elapsedMs)}: ${grouped(rate)} records/s\n`;
    const json = { records, bytes, elapsedMs: Math.round(elapsedMs), recordsPerSecond: rate };
    await (flags.json === true ? world.out.write(`${toJson(json)}\n`) : world.err.write(text));
  });
}

async function runExport(world: World, flags: ExportFlags): Promise<void> {
  const range = rangeOf(flags);
  const options = { ...readOptions(flags), pageSize: EXPORT_PAGE_ITEMS, signal: world.stop };
  const use = options.consistency === 'local' ? 'local' : 'ordered';
  // A bar only where the records themselves go elsewhere.
  const sink = world.out.isTerminal ? { ...world.err, isTerminal: false } : world.err;
  const progress = new Progress({ sink, nowMs: () => performance.now() });
  await withClient(world, flags, use, async (session) => {
    refuseUnknownNode(session, flags);
    const { client } = session;
    let records = 0;
    let next = range.start;
    try {
      for await (const page of pages(client, range, Infinity, options)) {
        await world.out.write(page.items.map(formatRecord).join(''));
        records += page.items.length;
        next = page.next ?? next;
        await progress.update({ done: records, noun: 'records', share: null });
      }
    } catch (error) {
      await progress.clear();
      const known = fromClientError(error);
      if (!(known instanceof CliError) || records === 0) throw known;
      throw known.extended({
        message: `after ${counted(records, 'record')}: ${known.message}`,
        hint: `go on with --cursor ${showCursor(next)}`,
      });
    }
    await progress.clear();
    await world.err.write(`exported ${counted(records, 'record')}\n`);
  });
}

export function addImportExport(program: Command, world: World): void {
  clientFlags(
    program
      .command('import')
      .summary('write the records of a file')
      .description('Writes records, one JSON object a line, and waits until all are committed.')
      .argument('<file>', 'JSON lines; - is standard input')
      .addOption(
        new Option('--from-line <number>', 'skip the lines before this one')
          .argParser(integerBetween(1, Number.MAX_SAFE_INTEGER))
          .default(1),
      ),
    IMPORT_TIMEOUT_MS,
  )
    .addHelpText('after', IMPORT_EXAMPLES)
    .action((file: string, flags: ImportFlags) => runImport(world, file, flags));

  localFlags(
    rangeFlags(
      keyFlags(
        clientFlags(
          program
            .command('export')
            .summary('print all records')
            .description("Prints records as 'import' reads them, one JSON object a line."),
        ),
      ),
    ),
  )
    .addHelpText('after', EXPORT_EXAMPLES)
    .action((flags: ExportFlags) => runExport(world, flags));
}
