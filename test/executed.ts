/** A machine's part in tests of cores alone. */
import type { Executed } from '../src/consensus/core.ts';
import type { Entry } from '../src/consensus/model/entry.ts';

/** What the machine says of an entry's requests: all executed. */
export function executedOf({ header, content }: Entry): readonly Executed[] {
  const requests = content.kind === 'batch' ? content.requests : [];
  return requests.map(({ statement, digest: requestDigest }) => ({
    client: statement.client,
    requestDigest,
    first: statement.first,
    count: statement.count,
    index: header.index,
    floor: statement.acknowledged,
  }));
}
