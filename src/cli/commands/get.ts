/** `tangaroa get` and `scan`. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Item } from '../../client/api.ts';
import type { NodeId } from '../../consensus/model/ids.ts';
import { CliError } from '../cli-error.ts';
import { pages, rangeOf, showCursor } from '../cluster/pages.ts';
import type { RangeFlags } from '../cluster/pages.ts';
import { withClient } from '../cluster/session.ts';
import type { Session } from '../cluster/session.ts';
import { clientFlags, keyFlags, notationOf, valueFlags } from '../flags.ts';
import type { ClientFlags, KeyFlags, ValueFlags } from '../flags.ts';
import { integerBetween } from '../input/values.ts';
import {
  jsonField,
  jsonValue,
  showBytes,
  showRevision,
  showValue,
  toJson,
} from '../output/encode.ts';
import type { World } from '../world.ts';
import { keyBytes, provenance } from './values.ts';

const PAGE_ITEMS = 256;
const SCAN_LIMIT_DEFAULT = 100;
const SCAN_LIMIT_MAX = 1_000_000_000;

export interface LocalFlags {
  readonly local?: boolean;
  readonly node?: string;
}

interface GetFlags extends ClientFlags, KeyFlags, ValueFlags, LocalFlags {
  readonly raw?: boolean;
}

interface ScanFlags extends ClientFlags, RangeFlags, ValueFlags, LocalFlags {
  readonly limit: number;
  readonly keysOnly?: boolean;
}

const GET_EXAMPLES = `
Reads are linearizable: ordered in the log and confirmed by f+1 nodes. --local asks one node for
what it has applied.

Examples:
  $ tangaroa get greeting
  $ tangaroa get logo --raw > logo.png
  $ tangaroa get greeting --local --node node3 --json
`;

const SCAN_EXAMPLES = `
Prints key, tab, value; control characters are escaped (--json and 'export' are exact). Where more
follow, standard error says how to go on; with --json the last line is {"cursor":…}.

Examples:
  $ tangaroa scan --prefix debian/python3- --limit 5
  $ tangaroa scan --from a --to b --json
  $ tangaroa scan --prefix debian/ --keys-only --limit 100000 | wc -l
`;

/** A node named by `--node` is asked for its own state, so that implies a local read. */
export function readOptions(flags: LocalFlags): {
  readonly consistency: 'linearizable' | 'local';
  readonly node?: NodeId;
} {
  const isLocal = flags.local === true || flags.node !== undefined;
  return {
    consistency: isLocal ? 'local' : 'linearizable',
    ...(flags.node === undefined ? {} : { node: flags.node as NodeId }),
  };
}

/** A name that no node has would only be waited for in vain. */
export function refuseUnknownNode({ cluster }: Session, { node }: LocalFlags): void {
  const ids: readonly string[] = cluster.genesis.document.voters.map(({ id }) => id);
  if (node === undefined || ids.includes(node)) return;
  throw new CliError('usage', `--node ${node}: this cluster has ${ids.join(', ')}`);
}

export function localFlags(command: Command): Command {
  return command
    .option('-l, --local', "read one node's applied state: fast, perhaps stale, unverified")
    .option('--node <id>', 'read the state of this node (implies --local)');
}

async function get(world: World, keyText: string, flags: GetFlags): Promise<void> {
  const key = keyBytes(keyText, flags.keyAs);
  const options = readOptions(flags);
  const use = options.consistency === 'local' ? 'local' : 'ordered';
  await withClient(world, flags, use, async (session) => {
    refuseUnknownNode(session, flags);
    const { client } = session;
    const answer = await client.get(key, { ...options, signal: world.stop });
    const { value } = answer;
    if (value === null)
      throw new CliError('not-found', `there is no key ${showBytes(key, flags.keyAs)}`);
    if (flags.json === true) {
      const revision = showRevision(answer.revision);
      const shown = { ...jsonField('key', key), ...jsonValue(value), revision };
      return world.out.write(`${toJson({ ...shown, ...provenance(answer) })}\n`);
    }
    const isRaw = typeof value !== 'bigint' && notationOf(flags) === 'text';
    if (!isRaw) return world.out.write(`${showValue(value, notationOf(flags))}\n`);
    await world.out.write(value);
    if (flags.raw !== true) await world.out.write('\n');
  });
}

function showItem(item: Item, flags: ScanFlags): string {
  if (flags.json === true) {
    const value = flags.keysOnly === true ? {} : jsonValue(item.value);
    const revision = showRevision(item.revision);
    return `${toJson({ ...jsonField('key', item.key), ...value, revision })}\n`;
  }
  const key = showBytes(item.key, flags.keyAs);
  return flags.keysOnly === true
    ? `${key}\n`
    : `${key}\t${showValue(item.value, notationOf(flags))}\n`;
}

async function scan(world: World, flags: ScanFlags): Promise<void> {
  const range = rangeOf(flags);
  const options = { ...readOptions(flags), pageSize: PAGE_ITEMS, signal: world.stop };
  const use = options.consistency === 'local' ? 'local' : 'ordered';
  await withClient(world, flags, use, async (session) => {
    refuseUnknownNode(session, flags);
    const { client } = session;
    let next: Uint8Array | null = null;
    for await (const page of pages(client, range, flags.limit, options)) {
      await world.out.write(page.items.map((item) => showItem(item, flags)).join(''));
      next = page.next;
    }
    if (next === null) return;
    const cursor = showCursor(next);
    if (flags.json === true) await world.out.write(`${toJson({ cursor })}\n`);
    else await world.err.write(`more follow: the same command with --cursor ${cursor}\n`);
  });
}

export function rangeFlags(command: Command): Command {
  return command
    .option('--prefix <prefix>', 'keys that begin with this')
    .option('--from <key>', 'keys from this one on')
    .option('--to <key>', 'keys below this one')
    .option('--cursor <cursor>', 'go on where an earlier one stopped');
}

export function addReads(program: Command, world: World): void {
  localFlags(
    valueFlags(
      keyFlags(
        clientFlags(
          program
            .command('get')
            .summary('read a value')
            .description('Prints the value of a key; exit code 4 where there is none.')
            .argument('<key>')
            .option('--raw', 'no newline at the end'),
        ),
      ),
    ),
  )
    .addHelpText('after', GET_EXAMPLES)
    .action((key: string, flags: GetFlags) => get(world, key, flags));

  localFlags(
    rangeFlags(
      valueFlags(
        keyFlags(
          clientFlags(
            program
              .command('scan')
              .summary('list keys and values')
              .description('Prints keys and values in the order of the keys.'),
          ),
        ),
      ),
    ),
  )
    .addOption(
      new Option('-n, --limit <count>', 'how many at most')
        .argParser(integerBetween(1, SCAN_LIMIT_MAX))
        .default(SCAN_LIMIT_DEFAULT),
    )
    .option('--keys-only', 'print no values')
    .addHelpText('after', SCAN_EXAMPLES)
    .action((flags: ScanFlags) => scan(world, flags));
}
