/** How much a core of plain Raft and its host may keep. */
import { limits } from '../../../../src/base/limits.ts';
import type { MemoryBounds } from '../../checkers/memory.ts';
import type { MemoryOptions } from '../../checkers/memory-bounds.ts';
import { queueBounds, REQUEST_BYTES_MIN } from '../../checkers/memory-bounds.ts';

/** Entries above the commit index: those of an honest leader's window, and what one AppendEntries brings beyond. */
const UNCOMMITTED_MAX: number = limits.raftAppendEntriesMax + limits.window;

export function raftBounds(options: MemoryOptions): MemoryBounds {
  const { voters, clients, capacityBytes } = options;
  return {
    state: {
      others: voters,
      effects: 0,
      'role.granted': voters,
      'role.followers': voters,
      'role.curious': voters,
      // The message that reaches the bound is the last; none is smaller than what an entry adds to its payload.
      'role.followers[].inFlight': limits.raftInFlightBytesMax / PROGRESS_ENTRY_BYTES + 1,
      'role.followers[].inFlightBytes':
        limits.raftInFlightBytesMax + limits.raftAppendBytesMax + limits.batchBytesMax,
      'log.slots': 2 * limits.recentHeaders + UNCOMMITTED_MAX,
      'log.cachedEntries': limits.raftCacheEntriesMax,
      'log.cachedBytes': limits.raftCacheBytesMax,
      'log.uncommittedEntries': UNCOMMITTED_MAX,
      'tally.matched': voters,
      'pool.requests': capacityBytes / REQUEST_BYTES_MIN,
      'pool.bytes': capacityBytes,
      'pool.clients': clients,
      'pool.sums': voters * (clients + 1),
      'pool.own': capacityBytes / REQUEST_BYTES_MIN,
      'pool.forwards': capacityBytes / REQUEST_BYTES_MIN,
      'pool.unordered': capacityBytes / REQUEST_BYTES_MIN,
      'pool.sessions': clients,
      'pool.numbers': clients * limits.sessionWindow,
      loads: voters,
    },
    values: { payload: limits.batchBytesMax, signature: 64 },
    queues: queueBounds(options),
    fixed: ['configuration', 'deps', 'hearing'],
  };
}

const PROGRESS_ENTRY_BYTES = 256;
