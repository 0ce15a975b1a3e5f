/** Attacks on clients: answers that no honest node gives. */
import { utf8 } from '../../../../src/base/bytes.ts';
import type { ClientId, Epoch, LogIndex } from '../../../../src/consensus/model/ids.ts';
import type { ClientReply, NodeToClientMessage } from '../../../../src/consensus/model/message.ts';
import type { ClientRequest, ReplyStatement } from '../../../../src/consensus/model/request.ts';
import { decodeCommand } from '../../../../src/machine/command.ts';
import { decodeResult, encodeResult, errorResult } from '../../../../src/machine/result.ts';
import { encodeResults } from '../../../../src/wire/client.ts';
import type { AttackKind } from '../attack.ts';
import type { Traitor } from '../traitor.ts';

/** A result that says something else, of the same kind where that is a counter's. */
function otherResult(bytes: Uint8Array): Uint8Array {
  const decoded = decodeResult(bytes);
  if (!decoded.ok || decoded.value.type !== 'increment')
    return encodeResult(errorResult('too-old'));
  return encodeResult({ ...decoded.value, value: decoded.value.value + 1n });
}

/** Results for a request that nobody executed: as they might be. */
function inventedResults({ statement }: ClientRequest): readonly Uint8Array[] {
  const revision = { index: 2, order: 0 };
  return Array.from({ length: statement.count }, (_, i) =>
    encodeResult({ type: 'increment', value: BigInt(i + 1), revision }),
  );
}

function reply(
  me: Traitor,
  statement: ReplyStatement,
  results: readonly Uint8Array[],
): ClientReply {
  const resultsDigest = me.mind.context.digest(encodeResults(results));
  return { kind: 'client-reply', signed: me.signer.sign({ ...statement, resultsDigest }), results };
}

/** Traitors lie alike about one request: together they are f equal answers. */
function lieAbout(me: Traitor, { signed, results }: ClientReply): ClientReply {
  const { statement } = signed;
  switch (Number.parseInt(statement.requestDigest.slice(0, 2), 16) % 5) {
    case 0:
      return reply(me, { ...statement, index: (statement.index + 1) as LogIndex }, results);
    case 1:
      return reply(me, { ...statement, epoch: 1 as Epoch }, results);
    case 2:
      return reply(
        me,
        { ...statement, index: 0 as LogIndex },
        results.map(() => encodeResult(errorResult('sequence-reused'))),
      );
    default:
      return reply(me, statement, results.map(otherResult));
  }
}

/** Answers at once what was never executed, and wrongly what was; some clients get other clients' answers. */
const lie: AttackKind = {
  name: 'lie',
  tries:
    'tells clients wrong results and indexes, for requests executed or not (C3: f+1 equal ones)',
  make: (me) => {
    const drops = me.random.chance(1, 3);
    let another: ClientReply | null = null;
    const about = (client: ClientId, message: NodeToClientMessage): NodeToClientMessage => {
      if (message.kind === 'refusal') return message;
      if (message.kind === 'read-reply') {
        const result = message.result.slice(0, -1);
        const { statement } = message.signed;
        const resultDigest = me.mind.context.digest(result);
        me.note(`cuts the answer to a read of ${client.slice(0, 8)}`);
        return { ...message, signed: me.signer.sign({ ...statement, resultDigest }), result };
      }
      me.note(`lies to ${client.slice(0, 8)} about ${message.signed.statement.first}`);
      const before = another;
      another = message;
      return before !== null && me.random.chance(1, 8) ? before : lieAbout(me, message);
    };
    return {
      answers: (client, message) => about(client, message),
      hears: (input) => {
        if (input.type !== 'requested') return input;
        const { request } = input;
        const { client, first } = request.statement;
        const results = inventedResults(request);
        const statement: ReplyStatement = {
          kind: 'client-reply',
          epoch: 0 as Epoch,
          client,
          first,
          requestDigest: request.digest,
          index: me.status.committed.index,
          resultsDigest: request.digest,
        };
        me.note(`answers ${client.slice(0, 8)} before ${first} was ordered`);
        me.tell(client, reply(me, statement, results));
        return drops ? null : input;
      },
    };
  },
};

/** What was found is something else, and what was done was done elsewhere. */
export function falsified(bytes: Uint8Array): Uint8Array {
  const decoded = decodeResult(bytes);
  if (!decoded.ok) return bytes;
  const { value } = decoded;
  switch (value.type) {
    case 'get': {
      const revision = value.found?.revision ?? { index: 2, order: 0 };
      return encodeResult({ type: 'get', found: { value: utf8('a lie'), revision } });
    }
    case 'put': {
      const revision = { ...value.revision, index: value.revision.index + 1 };
      return encodeResult({ type: 'put', revision });
    }
    default:
      return otherResult(bytes);
  }
}

/** Of a request that nobody has executed: what it put is somewhere, what it looks for is `found`. */
function invented(
  { statement, commands }: ClientRequest,
  found: Uint8Array | null,
): readonly Uint8Array[] {
  return commands.map((bytes, order) => {
    const decoded = decodeCommand(bytes);
    const revision = { index: Number(statement.first), order };
    if (decoded.ok && decoded.value.type === 'put') return encodeResult({ type: 'put', revision });
    return encodeResult({ type: 'get', found: found === null ? null : { value: found, revision } });
  });
}

/** At once, before any honest voter can say anything, and the same from every traitor's mouth. */
function tellAll(me: Traitor, request: ClientRequest, results: readonly Uint8Array[]): void {
  const { client, first } = request.statement;
  const statement: ReplyStatement = {
    kind: 'client-reply',
    epoch: 0 as Epoch,
    client,
    first,
    requestDigest: request.digest,
    index: Number(first) as LogIndex,
    resultsDigest: request.digest,
  };
  for (const one of me.mind.company) one.tell(client, reply(one, statement, results));
}

/** Executes everything, and tells clients other results. */
export const misreport: AttackKind['make'] = (me) => ({
  hears: (input) => {
    if (input.type !== 'requested') return input;
    const { client, first } = input.request.statement;
    me.note(`tells ${client.slice(0, 8)} what did not come of ${first}`);
    tellAll(me, input.request, invented(input.request, utf8('a lie')));
    return input;
  },
  answers: (_, message) => (message.kind === 'client-reply' ? null : message),
});

/** Tells clients that their requests are done, and throws them away. */
export const pretend: AttackKind['make'] = (me) => ({
  hears: (input) => {
    if (input.type !== 'requested') return input;
    const { client, first } = input.request.statement;
    me.note(`tells ${client.slice(0, 8)} that request ${first} is done, and throws it away`);
    tellAll(me, input.request, invented(input.request, null));
    return null;
  },
});

export const VOTER_LIES: readonly AttackKind[] = [lie];
