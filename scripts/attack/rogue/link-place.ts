/** A captured member's place, held by raw links alone: who dials it is answered with its key, as it would be. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Outside } from '../attack.ts';
import { Door, receive } from './link-door.ts';
import type { Place } from './link-door.ts';
import type { RawLink } from './link.ts';

/** A proven link to an honest node, which takes it for the member's. */
export interface Held {
  readonly peer: NodeId;
  readonly link: RawLink;
}

/** `use`s each link that another member proves, until it resolves or the attack is over; clients are turned away. */
export async function holdPlace(
  { addresses, stop }: Pick<Outside, 'addresses' | 'stop'>,
  place: Place,
  use: (held: Held) => Promise<void>,
): Promise<void> {
  const address = addresses.get(place.id);
  if (address === undefined) throw new Error(`${place.id} has no address`);
  const uses = new Set<Promise<void>>();
  const serve = async (link: RawLink): Promise<void> => {
    try {
      const hello = await receive(link, place);
      if (hello?.role === 'peer') await use({ peer: hello.id as NodeId, link });
    } finally {
      await link.close();
    }
  };
  const failures: unknown[] = [];
  await using _ = await Door.open(address, (link) => {
    const served = serve(link)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => uses.delete(served));
    uses.add(served);
  });
  await sleep(3_600_000, undefined, { signal: stop, ref: false }).catch(() => undefined);
  await Promise.all(uses);
  if (failures.length > 0) throw new AggregateError(failures, String(failures[0]));
}
