/** Liars between clients and the log: a request is believed from any node, and so is an answer. */
import { utf8 } from '../../../../../src/base/bytes.ts';
import type { LogIndex } from '../../../../../src/consensus/model/ids.ts';
import type { ClientReply } from '../../../../../src/consensus/model/message.ts';
import type { ClientRequest, ReplyStatement } from '../../../../../src/consensus/model/request.ts';
import { UNSIGNED } from '../../../../../src/crypto/unsigned.ts';
import type { Command } from '../../../../../src/machine/command.ts';
import { decodeCommand } from '../../../../../src/machine/command.ts';
import type { Result } from '../../../../../src/machine/result.ts';
import { encodeResult } from '../../../../../src/machine/result.ts';
import type { Revision } from '../../../../../src/machine/value.ts';
import { encodeResults } from '../../../../../src/wire/client.ts';
import type { RaftAttackKind, RaftTraitor } from '../traitor.ts';

/** Counters that the clients count up as well. */
const COUNTERS = 4;

/** The leader orders what a node forwards: who asked for it nobody can tell. */
const forger: RaftAttackKind = {
  name: 'forger',
  tries: 'forwards requests in the name of clients that never made them (C1: nobody signs)',
  make: (me) => ({
    acts: () => {
      const { leader } = me.lore;
      if (leader === null || leader.node === me.id || !me.random.chance(1, 10)) return;
      const client = me.random.pick(me.clients);
      const key = utf8(`counter ${me.random.below(COUNTERS)}`);
      me.note(`counts up in the name of client ${client.slice(0, 8)}`);
      const request = me.request(client, [{ type: 'increment', key, by: 1n }]);
      me.send(leader.node, { kind: 'forward', requests: [request] });
    },
  }),
};

/** What a client might hear, of a request that nobody executed. */
function plausible(command: Command, revision: Revision): Result {
  switch (command.type) {
    case 'put':
      return { type: 'put', revision };
    case 'increment':
      return { type: 'increment', value: command.by, revision };
    case 'delete':
      return { type: 'delete', existed: false };
    case 'transaction': {
      const results = command.else.map((operation) => plausible(operation, revision));
      return { type: 'transaction', succeeded: false, results } as Result;
    }
    default:
      return { type: 'get', found: null };
  }
}

function invented({ commands }: ClientRequest, index: LogIndex): readonly Uint8Array[] {
  return commands.map((bytes, order) => {
    const decoded = decodeCommand(bytes);
    if (!decoded.ok) throw new Error(`a client sent no command: ${decoded.reason}`);
    return encodeResult(plausible(decoded.value, { index, order }));
  });
}

/** As if it had been executed. */
export function pretendedReply(
  me: RaftTraitor,
  { statement, digest, ...request }: ClientRequest,
): ClientReply {
  const index = (me.status.committed.index + 1) as LogIndex;
  const results = invented({ statement, digest, ...request }, index);
  const said: ReplyStatement = {
    kind: 'client-reply',
    epoch: me.status.epoch,
    client: statement.client,
    first: statement.first,
    requestDigest: digest,
    index,
    resultsDigest: me.context.digest(encodeResults(results)),
  };
  const signed = { signer: me.id, statement: said, signature: UNSIGNED };
  return { kind: 'client-reply', signed, results };
}

/** The client believes the node that it asked. */
export const falseWord: RaftAttackKind = {
  name: 'false-word',
  tries:
    'tells clients that their writes are done, and throws them away (C3: one answer is believed)',
  make: (me) => ({
    hears: (input) => {
      if (input.type !== 'requested') return input;
      const { client, first } = input.request.statement;
      me.note(`tells ${client.slice(0, 8)} that request ${first} is done, and throws it away`);
      me.tell(client, pretendedReply(me, input.request));
      return null;
    },
  }),
};

export const CLIENTS: readonly RaftAttackKind[] = [forger, falseWord];
