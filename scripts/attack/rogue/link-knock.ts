/** An attacker at a node's door: one attempt to be let in, what came of it told to the witness. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Outside, Witness } from '../attack.ts';
import { fateOf, introduce, isHandshake } from './link-proof.ts';
import type { Claim, Outcome } from './link-proof.ts';
import { RawLink } from './link.ts';

export interface Target {
  readonly node: NodeId;
  readonly address: string;
}

export function targetsOf({
  addresses,
}: Pick<Outside, 'addresses' | 'memberKeys'>): readonly Target[] {
  return [...addresses].map(([node, address]) => ({ node, address }));
}

/** Of those that run: in the place of a member whose key was stolen nobody listens. */
export function honestTargets(
  outside: Pick<Outside, 'addresses' | 'memberKeys'>,
): readonly Target[] {
  return targetsOf(outside).filter(({ node }) => !outside.memberKeys.has(node));
}

/** How long a link that was turned away is listened at: nothing may come any more. */
const AFTERWARDS_MS = 200;

/** Somebody who has no right to be let in shakes hands, and listens. `what`: who it is, for the report. */
export async function knock(
  witness: Witness,
  { node, address }: Target,
  claim: Claim,
  what: string,
): Promise<void> {
  await intrude(witness, { node, address }, what, (link) => introduce(link, claim));
}

/** The same, with a handshake of its own kind. */
export async function intrude(
  witness: Witness,
  { node, address }: Target,
  what: string,
  shake: (link: RawLink) => Promise<Outcome>,
): Promise<void> {
  const link = await RawLink.dial(address);
  if (link === null) return witness.did(`${what}: ${fateOf(null)}`);
  try {
    const outcome = await shake(link);
    if (outcome.type === 'welcomed') witness.broke(`${node} let in ${what}`);
    if (outcome.type === 'leaked')
      witness.broke(`${node} sent data (kind ${outcome.frame[1]}) to ${what}`);
    await hearNothing(witness, link, `${node} sent data to ${what}`);
    witness.did(`${what}: ${fateOf(outcome)}`);
  } finally {
    await link.close();
  }
}

/** L1: what comes now may be of the handshake, and nothing else. */
async function hearNothing(witness: Witness, link: RawLink, leak: string): Promise<void> {
  link.listen((frame) => {
    if (!isHandshake(frame)) witness.broke(`${leak} (kind ${frame[1]})`);
  });
  await link.end(AFTERWARDS_MS);
}

/** Acts, rests, acts again, until the attack is over. What an act opened is closed when it resolves. */
export async function again(
  stop: AbortSignal,
  everyMs: number,
  act: () => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    await act();
    await sleep(everyMs, undefined, { signal: stop, ref: false }).catch(() => undefined);
  }
}
