/** A leader's good chain, and what it should not have signed on top of it. */
import { expect } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry, positionOf } from '../../src/consensus/model/entry.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import type { AppendEntries, PeerMessage } from '../../src/consensus/model/message.ts';
import type { AppendEntriesStatement } from '../../src/consensus/model/statement.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { makeRequest } from '../../src/wire/request.ts';
import {
  appendStatement,
  batchOf,
  bundleOf,
  certificateOf,
  chainOf,
  entryOn,
  makeTestCluster,
  requestOf,
  item,
} from '../fixtures-crypto.ts';

export const cluster = makeTestCluster(4);
export const leader = item(cluster.nodes, 0);
export const server = item(cluster.nodes, 3);
export const chain = chainOf(cluster, 4);
export const commit = certificateOf(cluster, 'commit', chain.slice(1, 3));

export function append(
  entries: readonly Entry[],
  overrides: Partial<AppendEntriesStatement> = {},
  beside: Partial<AppendEntries> = {},
): AppendEntries {
  const signed = appendStatement(cluster, leader, entries, overrides);
  return { kind: 'append-entries', signed, entries, commit: null, ...beside };
}

export function verify(message: PeerMessage): { readonly type: string; readonly reason?: string } {
  return cluster.makeVerifier().peerMessage(message);
}

export const matching = (reason: RegExp): unknown => expect.stringMatching(reason);
export const accusation = (reason: RegExp): object => ({
  type: 'accused',
  culprit: leader,
  epoch: 0,
  term: 1,
  reason: matching(reason),
});

/** Content that a leader should not have signed, on top of `chain`, by what is wrong with it. */
export const last = item(chain, -1);
export const request = requestOf(cluster, { first: 9n, acknowledged: 8n });
export const forged = makeRequest(
  request.statement,
  new Uint8Array(64),
  request.commands,
  cluster.context,
);
export const malformed = makeEntry(
  { ...entryOn(last, batchOf(request)).header },
  utf8('rubbish'),
  { kind: 'malformed', reason: 'ends early' },
  portableDigest,
);
export const bundle = bundleOf(cluster, 1, { ...baseOf(commit), position: positionOf(last) });
export const bad: readonly (readonly [string, Entry, RegExp])[] = [
  ['a malformed payload', malformed, /malformed: ends early/u],
  ['a batch of no requests', entryOn(last, batchOf()), /a batch of no requests/u],
  [
    'a request with a bad signature',
    entryOn(last, batchOf(request, forged)),
    /bad client-request/u,
  ],
  [
    'a request signed by another client',
    entryOn(last, batchOf(requestOf(cluster, { secretKey: item(cluster.clients, 1).secretKey }))),
    /bad client-request/u,
  ],
  [
    'a request of an unknown client',
    entryOn(last, batchOf(requestOf(cluster, { client: 'ee'.repeat(32) as ClientId }))),
    /not in the configuration/u,
  ],
  [
    'C2: a request beyond the window of its session',
    entryOn(
      last,
      batchOf(requestOf(cluster, { first: 257n, acknowledged: 0n }, [utf8('a'), utf8('b')])),
    ),
    /beyond the window/u,
  ],
  [
    "N1: a timestamp below its parent's",
    entryOn(last, batchOf(request), { timestamp: last.header.timestamp - 1 }),
    /timestamp/u,
  ],
  ['a term that begins twice', entryOn(last, { kind: 'term', bundle }), /has begun/u],
];
