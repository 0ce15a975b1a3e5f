/** How much Tangaroa's core and any host may keep. */
import { limits } from '../../../src/base/limits.ts';
import type { Queues } from '../../../src/host/status.ts';
import type { Bounds, MemoryBounds } from './memory.ts';

export interface MemoryOptions {
  readonly voters: number;
  /** Clients of the configuration, whoever they are. */
  readonly clients: number;
  readonly capacityBytes: number;
}

/** Entries above the commit index: what opens a term finds room beyond, and what a restart finds uncommitted again. */
function heldMax(voters: number): number {
  return limits.heldEntriesMax + voters + 1 + limits.certificateSpacing;
}

const HELD_BYTES_MAX: number =
  limits.heldBytesMax + limits.certificateSpacingBytes + 2 * limits.batchBytesMax;

/** By path from the state. A class that hides what it holds says how much in `sizes`. */
function stateBounds({ voters, clients, capacityBytes }: MemoryOptions): Bounds {
  const held = heldMax(voters);
  return {
    order: voters,
    // Of a start alone, until the first input: a term, or a resignation.
    effects: 4,
    'effects[].records': 4,
    evidence: voters * limits.evidencePerCulpritMax,
    evidenceOwed: voters,
    'evidence[].first.headers': limits.fetchHeadersMax,
    'evidence[].second.headers': limits.fetchHeadersMax,
    suspects: voters,
    passing: 16,
    fetchesWaiting: voters,
    proofSentMs: voters,
    askedMs: voters,
    served: voters,
    'fetching.asked': voters,
    'fetching.starts': (2 * voters + 1) * voters,
    'acceptance.accepting': held,
    'acceptance.preparing': held,
    // E3: a candidate asks with at most |order| + 1 bases.
    'role.asked': voters + 1,
    'role.votes': voters + 1,
    'role.votes[]': voters,
    'role.heeded': voters,
    'role.termAppend.entries': 1,
    'role.lastAppend.entries': 1,
    'ballot.votes': voters + 1,
    'chain.held': held,
    'chain.heldBytes': HELD_BYTES_MAX,
    'chain.path': held,
    'chain.pathBytes': HELD_BYTES_MAX,
    'chain.recent': 2 * limits.recentHeaders,
    'tally.voters': voters,
    // A change of chains puts the two that were placed back among those that wait.
    'tally.waiting': limits.unplacedPerVoterMax + 2,
    'witness.leaders': 1,
    'witness.voters': voters,
    'witness.indexes': limits.witnessedIndexesMax,
    'pool.requests': capacityBytes / REQUEST_BYTES_MIN,
    'pool.bytes': capacityBytes,
    'pool.clients': clients,
    'pool.sums': voters * (clients + 1),
    'pool.own': capacityBytes / REQUEST_BYTES_MIN,
    'pool.forwards': capacityBytes / REQUEST_BYTES_MIN,
    'pool.unordered': capacityBytes / REQUEST_BYTES_MIN,
    'pool.sessions': clients,
    'pool.numbers': clients * limits.sessionWindow,
  };
}

/** The statement and the signature of a request. */
export const REQUEST_BYTES_MIN = 82 + 64;

/** Inside of values that were received or made: by the name of the field. */
function valueBounds({ voters }: MemoryOptions): Bounds {
  return {
    votes: voters,
    responses: voters,
    suspects: voters,
    headers: limits.certificateHeadersMax,
    payload: limits.batchBytesMax,
    signature: 64,
  };
}

/** Of the host, under any core. */
export function queueBounds({
  voters,
  clients,
}: MemoryOptions): Readonly<Record<keyof Queues, number>> {
  const peerBytes = voters * limits.peerQueueBytesMax;
  const clientBytes = clients * limits.clientQueueBytesMax;
  return {
    peerBytes,
    clientBytes,
    // What holding a frame costs bounds the number of tiny ones.
    peerFrames: peerBytes / FRAME_COST_BYTES,
    clientFrames: clientBytes / FRAME_COST_BYTES,
    lookups: 2 * limits.lookupsMax,
    reads: clients * limits.readsPerClientMax,
    // Entries, what was accepted and prepared of them, and what of them is dropped again: of a term and of the next.
    records: 2 * 4 * heldMax(voters),
    sends: (voters + 1) * limits.heldSendsMax,
    entries: limits.applyLagMax + heldMax(voters) + limits.fetchEntriesMax,
    entryBytes: limits.applyQueueBytesMax + limits.fetchBytesMax + limits.batchBytesMax,
  };
}

const FRAME_COST_BYTES = 64;

export function tangaroaBounds(options: MemoryOptions): MemoryBounds {
  return {
    state: stateBounds(options),
    values: valueBounds(options),
    queues: queueBounds(options),
    fixed: ['configuration', 'deps'],
  };
}
