/** The cluster whose traffic was recorded, as targets need it: its context, its keys, its verifier. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { nativeDigest } from '../../src/node/native-crypto.ts';
import type { WireContext } from '../../src/wire/context.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { clientKey } from '../sim/clients.ts';
import { World } from '../sim/world.ts';
import { fakeEd25519, testSecretKey } from '../fixtures-crypto.ts';
import { Random } from '../../src/base/random.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { toHex } from '../../src/base/bytes.ts';
import type { Keys } from './reseal.ts';
import type { Plan } from '../sim/plan.ts';
import { planOf } from './traffic.ts';

export interface Ground {
  readonly genesis: Genesis;
  readonly context: WireContext;
  /** Of every node and every client. */
  readonly keys: Keys;
  /** Of the traitor and of the client that breaks the rules, and of nobody else. */
  readonly rogueKeys: Keys;
}

function makeGround(plan: Plan): Ground {
  const { genesis, context } = new World(plan, new Random(1));
  const { members, clients } = genesis.configuration;
  const secrets = new Map<string, Uint8Array>(members.map(({ id }, i) => [id, testSecretKey(i)]));
  const known = clients.map((_, i) => clientKey(i));
  for (const { id, publicKey } of clients) {
    const secret = known.find((key) => toHex(fakeEd25519.publicKey(key)) === toHex(publicKey));
    if (secret !== undefined) secrets.set(id, secret);
  }
  const rogue = clients.at(-1)?.id ?? '';
  const traitors: readonly string[] = plan.traitors.map(({ node }) => members[node]?.id ?? '');
  const keysOf = (holds: (signer: string) => boolean): Keys => ({
    clusterId: genesis.clusterId,
    digest: nativeDigest,
    sign: (message, secret) => fakeEd25519.sign(message, secret),
    secretOf: (signer) => (holds(signer) ? (secrets.get(signer) ?? null) : null),
  });
  return {
    genesis,
    context,
    keys: keysOf(() => true),
    rogueKeys: keysOf((signer) => traitors.includes(signer) || signer === rogue),
  };
}

const grounds = new Map<ProtocolName, Ground>();

export function groundOf(protocol: ProtocolName): Ground {
  const ground = grounds.get(protocol) ?? makeGround(planOf(protocol, []));
  grounds.set(protocol, ground);
  return ground;
}

/**
 * A cluster of the same nodes and keys that is another one: what was recorded is not of it. Its honest nodes would
 * otherwise be convicted by what they signed in the recorded run.
 */
export function otherPlan(): Plan {
  const plan = planOf('tangaroa', []);
  // The lowest id leads first: most can be said in a leader's place.
  const traitors = plan.traitors.map((traitor) => ({ ...traitor, node: 0 }));
  return { ...plan, clients: 3, thinkMsMax: 200, traitors };
}

let other: Ground | null = null;

export function otherGround(): Ground {
  other ??= makeGround(otherPlan());
  return other;
}

/** The same few values of an arbitrary each time. */
export function samples<T>(arbitrary: Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { seed: 5, numRuns: count });
}
