/** After the attack: is every acknowledged write there, unchanged, and nothing that nobody wrote? */
import { equalBytes, fromUtf8 } from '../../../src/base/bytes.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { RealCluster } from '../../../test/cluster/real-cluster.ts';
import type { Ledger } from '../load/ledger.ts';
import { ownerOf, PREFIX, valueOf } from '../load/ledger.ts';

export interface Audit {
  readonly node: string;
  readonly found: number;
  /** Acknowledged writes that are not there. */
  readonly lost: number;
  /** Records with another value than was written. */
  readonly changed: number;
  /** Records that no client of the load wrote. */
  readonly foreign: number;
  /** Keys of some of them, for a reader. */
  readonly examples: readonly string[];
}

const PAGE = 2_000;
const EXAMPLES = 5;
const TIMEOUT_MS = 30_000;

/** One node's applied state against what the clients wrote and saw acknowledged. */
export async function audit(
  cluster: RealCluster,
  node: string,
  ledgers: readonly Ledger[],
): Promise<Audit> {
  const missing = new Map(
    ledgers.map(({ client, issued, unacknowledged }) => {
      const open = new Set(unacknowledged);
      return [client, new Set(range(issued).filter((number) => !open.has(number)))];
    }),
  );
  const issued = new Map(ledgers.map((one) => [one.client, one.issued]));
  const examples: string[] = [];
  const blame = (what: string, key: string): void => {
    if (examples.length < EXAMPLES) examples.push(`${what} ${key}`);
  };
  const sums = { found: 0, changed: 0, foreign: 0 };
  await using client = await cluster.client('reader');
  const options = {
    consistency: 'local',
    node: node as NodeId,
    pageSize: PAGE,
    timeoutMs: TIMEOUT_MS,
  } as const;
  for await (const { key, value } of client.scan({ prefix: PREFIX }, options)) {
    sums.found++;
    const text = fromUtf8(key) ?? '?';
    const owner = ownerOf(text);
    if (owner === null || owner.number >= (issued.get(owner.client) ?? 0)) {
      sums.foreign++;
      blame('foreign', text);
      continue;
    }
    missing.get(owner.client)?.delete(owner.number);
    const written = valueOf(owner.client, owner.number);
    if (value instanceof Uint8Array && equalBytes(value, written)) continue;
    sums.changed++;
    blame('changed', text);
  }
  let lost = 0;
  for (const [name, numbers] of missing) {
    lost += numbers.size;
    for (const number of [...numbers].slice(0, EXAMPLES)) blame('lost', `${name} ${number}`);
  }
  return { node, ...sums, lost, examples };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
