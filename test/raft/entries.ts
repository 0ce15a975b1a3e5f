/** Entries as plain Raft names them. */
import type { Configuration } from '../../src/consensus/model/configuration.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { nameEntry } from '../../src/consensus/model/entry.ts';
import type { Epoch, LogIndex, Term } from '../../src/consensus/model/ids.ts';
import type { Position } from '../../src/consensus/model/position.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { makeGenesisEntry as makeAnyGenesis, makeRequest } from '../tangaroa/cluster.ts';
import { termName, termNaming } from '../../src/consensus/raft/naming.ts';

export function makeGenesisEntry(configuration: Configuration): Entry {
  return makeAnyGenesis(configuration, termNaming);
}

export function positionAt(index: number, term: number): Position {
  return { index: index as LogIndex, hash: termName(index as LogIndex, term as Term) };
}

/** Entries from an index on, one for each term given; the one before them is of `previousTerm`. */
export function entriesOf(
  from: number,
  terms: readonly number[],
  previousTerm = 0,
  requests: readonly ClientRequest[] = [],
): readonly Entry[] {
  return terms.map((term, i) =>
    nameEntry(
      {
        index: (from + i) as LogIndex,
        epoch: 0 as Epoch,
        term: term as Term,
        parent: positionAt(from + i - 1, i === 0 ? previousTerm : (terms[i - 1] as number)).hash,
        kind: 'batch',
        timestamp: 0,
      },
      new Uint8Array(requests.reduce((sum, { bytes }) => sum + bytes.length, 4)),
      { kind: 'batch', requests },
      termNaming,
    ),
  );
}

let clients = 0;

/** The first request of a client that nobody knows: none makes another void. */
export function nextRequest(bytes = 100): ClientRequest {
  clients++;
  return makeRequest(clients.toString(16).padStart(64, '0'), 1n, bytes);
}
