/** That what honest nodes say was executed is held against C2. */
import { expect, test } from 'vitest';
import type { Hash, LogIndex, NodeId } from '../../../src/consensus/model/ids.ts';
import type { ClientReply } from '../../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../../src/consensus/model/request.ts';
import { idOf } from '../../tangaroa/cluster.ts';
import { makeTestCluster, requestOf } from '../../fixtures-crypto.ts';
import { Sessions } from './sessions.ts';

const cluster = makeTestCluster(4);

function request(first: number, count: number, acknowledged: number, text = 'a'): ClientRequest {
  const commands = Array.from({ length: count }, () => new TextEncoder().encode(text));
  const numbers = { first: BigInt(first), acknowledged: BigInt(acknowledged) };
  return requestOf(cluster, numbers, commands);
}

class Rig {
  readonly checker = new Sessions();

  says(node: number, of: ClientRequest, index: number, resultsDigest = 'same'): this {
    this.checker.replied(idOf(node), of, replyOf(idOf(node), of, index, resultsDigest));
    return this;
  }

  finish(): void {
    this.checker.finished();
  }
}

function replyOf(
  signer: NodeId,
  { statement, digest }: ClientRequest,
  index: number,
  resultsDigest: string,
  results = statement.count,
): ClientReply {
  const { client, first } = statement;
  return {
    kind: 'client-reply',
    signed: {
      signer,
      statement: {
        kind: 'client-reply',
        epoch: cluster.epoch,
        client,
        first,
        requestDigest: digest,
        index: index as LogIndex,
        resultsDigest: resultsDigest as Hash,
      },
      signature: new Uint8Array(64),
    },
    results: Array.from({ length: results }, () => new Uint8Array(1)),
  };
}

test('a repeat gets the first reply, or none that says that it was executed', () => {
  const one = request(1, 2, 0);
  expect(() => new Rig().says(1, one, 5).says(2, one, 5).says(1, one, 0).finish()).not.toThrow();
  expect(() => new Rig().says(1, one, 5).says(2, one, 6)).toThrow(/has results same of entry 6/);
  expect(() => new Rig().says(1, one, 5).says(1, one, 5, 'other')).toThrow(/results other/);
});

test('no number is used twice', () => {
  const rig = (): Rig => new Rig().says(1, request(4, 3, 0), 5);
  expect(() =>
    rig()
      .says(2, request(7, 1, 0), 5)
      .says(2, request(3, 1, 0), 6),
  ).not.toThrow();
  expect(() => rig().says(2, request(6, 1, 0, 'b'), 6)).toThrow(/executed twice/);
  expect(() => rig().says(2, request(2, 3, 0, 'b'), 6)).toThrow(/executed twice/);
  expect(() => rig().says(2, request(4, 3, 0, 'b'), 0)).not.toThrow();
});

test('the window ends 256 above what is acknowledged', () => {
  expect(() => new Rig().says(1, request(265, 2, 10), 5)).not.toThrow();
  expect(() => new Rig().says(1, request(265, 3, 10), 5)).toThrow(/beyond the window/);
});

test('what an earlier entry acknowledged is too old', () => {
  const rig = (): Rig => new Rig().says(1, request(10, 1, 9), 5);
  expect(() =>
    rig()
      .says(1, request(9, 1, 0), 4)
      .finish(),
  ).not.toThrow();
  // Within one entry nobody knows which came first.
  expect(() =>
    rig()
      .says(1, request(9, 1, 0), 5)
      .finish(),
  ).not.toThrow();
  expect(() =>
    rig()
      .says(1, request(9, 1, 0), 6)
      .finish(),
  ).toThrow(/executed in entry 6, too old/);
  expect(() =>
    rig()
      .says(1, request(12, 1, 0), 6)
      .finish(),
  ).not.toThrow();
});

test('what nobody signed is never executed', () => {
  const forged = request(1, 1, 0);
  const said = (index: number) => (): void =>
    new Sessions().repliedToUnsigned(idOf(1), replyOf(idOf(1), forged, index, 'same'));
  expect(said(0)).not.toThrow();
  expect(said(7)).toThrow(/nobody signed/);
});

test('each command has its result', () => {
  const two = request(1, 2, 0);
  const said = (results: number) => (): void =>
    new Sessions().replied(idOf(1), two, replyOf(idOf(1), two, 5, 'same', results));
  expect(said(2)).not.toThrow();
  expect(said(1)).toThrow(/has 1 results from n1/);
});
