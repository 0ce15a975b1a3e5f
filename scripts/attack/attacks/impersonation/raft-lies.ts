/** What a captured member's link is worth in plain Raft: requests that no client made are ordered. */
import { utf8 } from '../../../../src/base/bytes.ts';
import type { ClientId, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../../../src/consensus/model/request.ts';
import { UNSIGNED } from '../../../../src/crypto/unsigned.ts';
import { encodeCommand } from '../../../../src/machine/command.ts';
import type { WireContext } from '../../../../src/wire/context.ts';
import { encodeRaftMessage } from '../../../../src/wire/raft.ts';
import { encodeCommands, makeRequest } from '../../../../src/wire/request.ts';
import { keyOf } from '../../load/ledger.ts';
import type { Lie, Scene } from './lies.ts';

/** Sequence numbers are microseconds of the clock: far above what its session used, within what it may use. */
const AHEAD = 10_000_000n;
/** A record that the audit would find, and that nobody of the load ever writes. */
const NUMBERS_FROM = 900_000_000;

/** A write that its client never asked for. */
export function forgedRequest(
  client: ClientId,
  count: number,
  context: WireContext,
): ClientRequest {
  const key = utf8(keyOf('forged', NUMBERS_FROM + count));
  const commands = [encodeCommand({ type: 'put', key, value: utf8('nobody wrote this') })];
  const first = BigInt(Date.now()) * 1_000n + AHEAD + BigInt(count);
  const statement = {
    kind: 'client-request',
    client,
    first,
    count: 1,
    commandsDigest: context.digest(encodeCommands(commands)),
    acknowledged: first - 1n,
  } as const;
  return makeRequest(statement, UNSIGNED, commands, context);
}

/** A forward of a request in some writer's name. */
export function forgedForward(
  { genesis, context, random }: Pick<Scene, 'genesis' | 'context' | 'random'>,
  count: number,
): Uint8Array {
  const writers = genesis.configuration.clients.filter(({ role }) => role === 'writer');
  const request = forgedRequest(random.pick(writers).id, count, context);
  return encodeRaftMessage({ kind: 'forward', requests: [request] });
}

export function raftLies(scene: Scene): (to: NodeId) => Lie {
  let count = 0;
  return () => ({
    what: 'a request in the name of a client that never made it',
    closes: false,
    frame: forgedForward(scene, count++),
  });
}
