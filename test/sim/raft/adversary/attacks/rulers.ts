/** Liars that lead as their followers expect it, and do to clients and followers what a leader must not. */
import { utf8 } from '../../../../../src/base/bytes.ts';
import type { Input } from '../../../../../src/consensus/core.ts';
import type { ClientId } from '../../../../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../../../../src/consensus/model/request.ts';
import type { Verified } from '../../../../../src/consensus/model/verified.ts';
import type { RaftForward, RaftMessage } from '../../../../../src/consensus/raft/message.ts';
import { UNSIGNED } from '../../../../../src/crypto/unsigned.ts';
import { decodeCommand, encodeCommand } from '../../../../../src/machine/command.ts';
import { encodeCommands, makeRequest } from '../../../../../src/wire/request.ts';
import { encodeResults } from '../../../../../src/wire/client.ts';
import { falsified } from '../../../adversary/attacks/voter-lies.ts';
import { Pace } from '../../../adversary/pace.ts';
import type { RaftTraitor } from '../traitor.ts';
import { falseWord, pretendedReply } from './clients.ts';
import type { RaftAttack } from './throne.ts';
import { leads, ruling, told } from './throne.ts';

type Make = (me: RaftTraitor) => RaftAttack;
type Heard = Input<RaftMessage>;

const FORGED_PER_SECOND = 5;
const RESIGNS_PER_SECOND = 5;

/** Never orders one client's requests; there is no timer that would tell anybody. */
export function censoring(choose: (me: RaftTraitor) => ClientId): Make {
  return ruling((me) => {
    const client = choose(me);
    return {
      hears: (input) => {
        const left = without(input, client);
        if (left !== input && leads(me)) me.note(`drops requests of ${client.slice(0, 8)}`);
        return left;
      },
    };
  });
}

function without(input: Heard, client: ClientId): Heard | null {
  if (input.type === 'requested') return input.request.statement.client === client ? null : input;
  if (input.type !== 'received' || input.message.kind !== 'forward') return input;
  const requests = input.message.requests.filter(({ statement }) => statement.client !== client);
  if (requests.length === input.message.requests.length) return input;
  if (requests.length === 0) return null;
  return { ...input, message: { kind: 'forward', requests } as unknown as Verified<RaftForward> };
}

/** Sends one follower nothing. */
export const leaveOneOut: Make = ruling((me) => {
  const out = me.random.pick(me.others);
  return {
    says: (outgoing) => {
      if (outgoing.to !== out || !leads(me)) return [outgoing];
      me.note(`leaves ${out} in the dark`);
      return [];
    },
  };
});

/** Orders what waits only after `perMille` thousandths of the request timeout; at 0 never. */
export function stalling(perMille: number): Make {
  return ruling((me) => {
    const { requestTimeoutMs } = me.genesis.configuration.parameters;
    const waitMs = perMille === 0 ? Infinity : (requestTimeoutMs * perMille) / 1_000;
    let sinceMs: number | null = null;
    return {
      hears: (input) => {
        if (input.type !== 'drained' || !leads(me)) return input;
        sinceMs ??= me.nowMs;
        if (me.nowMs - sinceMs < waitMs) {
          me.note(`keeps ${me.status.pending} requests waiting`);
          return null;
        }
        sinceMs = me.nowMs;
        return input;
      },
    };
  });
}

/** Executes everything, and tells clients other results. */
export const misreport: Make = ruling((me) => ({
  answers: (client, message) => {
    if (message.kind !== 'client-reply') return message;
    const { signed } = message;
    me.note(`tells ${client.slice(0, 8)} another result of ${signed.statement.first}`);
    const results = message.results.map(falsified);
    const resultsDigest = me.context.digest(encodeResults(results));
    return {
      ...message,
      signed: { ...signed, statement: { ...signed.statement, resultsDigest } },
      results,
    };
  },
}));

/** Says that all is done, and does nothing: also of what others forward to it, whose clients it can reach as well. */
export const pretend: Make = ruling((me) => {
  const lie = falseWord.make(me);
  return {
    ...lie,
    hears: (input) => {
      if (input.type !== 'received' || input.message.kind !== 'forward' || !leads(me))
        return lie.hears?.(input, me) ?? null;
      const { requests } = input.message;
      me.note(`tells the clients of ${requests.length} requests that they are done`);
      for (const request of requests)
        me.tell(request.statement.client, pretendedReply(me, request));
      return null;
    },
  };
});

/** What it puts in place of every value; other commands stay. */
function altered(me: RaftTraitor, { statement, commands }: ClientRequest): ClientRequest {
  const others = commands.map((bytes) => {
    const decoded = decodeCommand(bytes);
    return decoded.ok && decoded.value.type === 'put'
      ? encodeCommand({ ...decoded.value, value: utf8('altered') })
      : bytes;
  });
  const commandsDigest = me.context.digest(encodeCommands(others));
  return makeRequest({ ...statement, commandsDigest }, UNSIGNED, others, me.context);
}

/** Orders other values than clients wrote, and tells them that all is done as they wished. */
export const alter: Make = ruling((me) => ({
  hears: (input) => {
    if (input.type !== 'requested' || !leads(me)) return input;
    const other = altered(me, input.request);
    if (other.digest === input.request.digest) return input;
    const { client, first } = input.request.statement;
    me.note(`orders other values than ${client.slice(0, 8)} wrote in ${first}`);
    me.tell(client, pretendedReply(me, input.request));
    return { ...input, request: other as Verified<ClientRequest> };
  },
}));

function rememberNumbers(me: RaftTraitor, request: ClientRequest): void {
  me.lore.learn(me.id, me.id, { kind: 'forward', requests: [request] });
}

/** Orders writes of a client that never made them. */
export function forging(choose: (me: RaftTraitor) => ClientId, key: string): Make {
  return ruling((me) => {
    const client = choose(me);
    const pace = new Pace(FORGED_PER_SECOND);
    return {
      hears: (input) => {
        if (input.type === 'requested') rememberNumbers(me, input.request);
        // Numbers that a session has never seen are high: before any was heard nothing of it would be executed.
        const isTime = input.type === 'tick' && leads(me) && me.lore.nextNumber(client) > 1n;
        if (!isTime || pace.due(me.nowMs) === 0) return input;
        const put = { type: 'put', key: utf8(key), value: utf8('forged') } as const;
        me.note(`writes in the name of client ${client.slice(0, 8)}`);
        const requests = [me.request(client, [put])];
        return told(input, me.random.pick(me.others), { kind: 'forward', requests });
      },
    };
  });
}

/** Takes the lead and hands it over, again and again. */
export const abdicate: Make = ruling((me) => {
  const pace = new Pace(RESIGNS_PER_SECOND);
  return {
    acts: () => {
      if (!leads(me) || pace.due(me.nowMs) === 0) return;
      const { term } = me.status;
      me.note(`resigns term ${term}`);
      me.send(me.random.pick(me.others), { kind: 'transfer-leadership', term });
    },
  };
});
