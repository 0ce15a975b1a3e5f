/** Attacks with clients' requests: forwarded without a client's signature, altered, or again and again. */
import { utf8 } from '../../../../src/base/bytes.ts';
import type { ClientId, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../../../src/consensus/model/request.ts';
import { encodeCommand } from '../../../../src/machine/command.ts';
import { encodeCommands, makeRequest } from '../../../../src/wire/request.ts';
import type { AttackKind } from '../attack.ts';
import type { Traitor } from '../traitor.ts';

/** What is forged closes the link. */
const FORGE_EVERY_MS = 500;
const REPEAT_EVERY_MS = 100;
/** Of a request that is as large as one may be, now and then. */
const LARGE_BYTES = 1_000_000;

/** The same client and numbers, with commands of the traitor's own under the client's signature for others. */
function altered(me: Traitor, real: ClientRequest, valueBytes: number): ClientRequest {
  const { statement, signature } = real;
  const value = new Uint8Array(valueBytes);
  const key = utf8('counter 0');
  const commands = Array.from({ length: statement.count }, (_, i) =>
    i === 0 && valueBytes > 0
      ? encodeCommand({ type: 'put', key, value })
      : encodeCommand({ type: 'increment', key, by: 1n }),
  );
  const { digest } = me.mind.context;
  const commandsDigest = digest(encodeCommands(commands));
  return makeRequest({ ...statement, commandsDigest }, signature, commands, me.mind.context);
}

/** As it was signed, but of a client that nobody knows, or of other numbers. */
function relabelled(me: Traitor, { statement, signature, commands }: ClientRequest): ClientRequest {
  const client = me.mind.context.digest(utf8('nobody')) as string as ClientId;
  const first = statement.first + BigInt(me.random.between(1, 200));
  const other = me.random.chance(1, 2) ? { ...statement, client } : { ...statement, first };
  return makeRequest(other, signature, commands, me.mind.context);
}

/** Requests of clients who never signed them, and such as were ordered long ago, for whoever leads. */
const forgedForward: AttackKind = {
  name: 'forged-forward',
  tries:
    'forwards requests that no client signed, altered ones, and old ones over and over (C1, C2, S4)',
  make: (me) => {
    let forgeMs = 0;
    let repeatMs = 0;
    const forward = (to: NodeId, requests: readonly ClientRequest[], what: string): void => {
      me.note(`forwards ${what} to ${to}`);
      me.sendFalse(to, me.forge.body(me.id, { kind: 'forward', body: { requests } }));
    };
    return {
      acts: () => {
        const { requests } = me.mind.library;
        const leader = me.mind.candidateOf(me.status.term);
        if (requests.length === 0 || leader === me.id) return;
        const real = me.random.pick(requests);
        if (me.nowMs >= forgeMs) {
          forgeMs = me.nowMs + FORGE_EVERY_MS;
          const made = me.random.pick([
            () => [altered(me, real, 0)],
            () => [relabelled(me, real)],
            () => [real, altered(me, real, me.random.chance(1, 8) ? LARGE_BYTES : 10)],
          ])();
          forward(leader, made, 'what no client signed');
        } else if (me.nowMs >= repeatMs) {
          repeatMs = me.nowMs + REPEAT_EVERY_MS;
          const some = Array.from({ length: 4 }, () => me.random.pick(requests));
          forward(
            me.random.chance(3, 4) ? leader : me.random.pick(me.mind.honest),
            some,
            'old requests',
          );
        }
      },
    };
  },
};

export const REQUESTS: readonly AttackKind[] = [forgedForward];
