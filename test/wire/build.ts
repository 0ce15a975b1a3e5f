/** Exact values for the tests of this folder. */
import { limits } from '../../src/base/limits.ts';
import { makeEntry } from '../../src/consensus/model/entry.ts';
import type { Entry, Header } from '../../src/consensus/model/entry.ts';
import type {
  ClientId,
  Epoch,
  Hash,
  LogIndex,
  NodeId,
  Sequence,
  Term,
} from '../../src/consensus/model/ids.ts';
import type { AppendEntries } from '../../src/consensus/model/message.ts';
import type { Position, Rank } from '../../src/consensus/model/position.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import type {
  ResponseStatement,
  Signed,
  NodeStatement,
  VoteStatement,
} from '../../src/consensus/model/statement.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { encodeCommands, makeRequest } from '../../src/wire/request.ts';
import { context } from '../arbitraries.ts';

export const epoch = (value: number): Epoch => value as Epoch;
export const term = (value: number): Term => value as Term;
export const hashOf = (byte: string): Hash => byte.repeat(32) as Hash;
export const at = (index: number, byte: string): Position => ({
  index: index as LogIndex,
  hash: hashOf(byte),
});
export const rank = (e: number, t: number, i: number): Rank => ({
  epoch: epoch(e),
  term: term(t),
  index: i as LogIndex,
});
export const sequence = (value: number): Sequence => value as Sequence;
export const client: ClientId = 'cc'.repeat(32) as ClientId;

export function signedBy<S extends NodeStatement>(signer: string, statement: S): Signed<S> {
  return { signer: signer as NodeId, statement, signature: new Uint8Array(64).fill(0x5a) };
}

export const header: Header = {
  index: 7 as LogIndex,
  epoch: epoch(1),
  term: term(3),
  parent: hashOf('aa'),
  kind: 'batch',
  timestamp: 1_700_000_000_000,
  payloadDigest: hashOf('bb'),
};

export const response: ResponseStatement = {
  kind: 'append-entries-response',
  epoch: epoch(1),
  term: term(3),
  accepted: at(9, 'a9'),
  prepared: at(7, 'a7'),
};

export const vote: VoteStatement = {
  kind: 'vote',
  epoch: epoch(1),
  term: term(3),
  baseRank: rank(1, 2, 6),
  base: at(6, 'a6'),
};

export function requestOf(commands: readonly Uint8Array[], first = 1n): ClientRequest {
  const commandsDigest = context.digest(encodeCommands(commands));
  const count = commands.length;
  return makeRequest(
    { kind: 'client-request', client, first, count, commandsDigest, acknowledged: 0n },
    new Uint8Array(64).fill(0x5c),
    commands,
    context,
  );
}

export function batchOf(requests: readonly ClientRequest[], index = 7): Entry {
  const { kind: _, payloadDigest: __, ...fields } = header;
  const content = { kind: 'batch', requests } as const;
  return makeEntry(
    { ...fields, kind: 'batch', index: index as LogIndex },
    encodeContent(content),
    content,
    context.digest,
  );
}

export function appendEntries(entries: readonly Entry[]): AppendEntries {
  return {
    kind: 'append-entries',
    signed: signedBy('node-1', {
      kind: 'append-entries',
      epoch: epoch(1),
      term: term(3),
      previous: at(6, 'a6'),
      head: at(6 + entries.length, 'a8'),
      sequence: sequence(4),
    }),
    entries,
    commit: null,
  };
}

/** The largest command that fits a request with it alone. */
export const LARGEST_COMMAND: number = limits.requestBytesMax - 150 - 4;
