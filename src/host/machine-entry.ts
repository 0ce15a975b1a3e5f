/** Entries as the machine takes them, and what the core hears of their execution. */
import { assert } from '../base/assert.ts';
import type { Executed, Recovered } from '../consensus/core.ts';
import type { Configuration } from '../consensus/model/configuration.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { ClientId, Hash, LogIndex } from '../consensus/model/ids.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import { limits } from '../base/limits.ts';
import type { Machine, MachineEntry, Outcome } from '../machine/machine.ts';
import type { LogStore } from './ports.ts';

/** Roles of clients (C1), by id; null for one that the configuration does not list. */
export type RoleOf = (client: ClientId) => string | null;

export function rolesOf(configuration: Configuration): RoleOf {
  const roles = new Map(configuration.clients.map(({ id, role }) => [id, role]));
  return (client) => roles.get(client) ?? null;
}

/** A role that permits nothing: a committed request of a client that is not listed has no effect, the same everywhere. */
const NO_ROLE = 'none';

/**
 * Of an entry that is committed: a quorum could read it. Who cannot has other limits than they (a program of another
 * age), and would go on with another state if it passed over what they executed.
 */
export function requestsOf({ header, content }: Entry): readonly ClientRequest[] {
  if (content.kind === 'malformed')
    throw new Error(`entry ${header.index} is committed, but cannot be read: ${content.reason}`);
  return content.kind === 'batch' ? content.requests : [];
}

/** @throws Error where the entry cannot be read */
export function machineEntry(entry: Entry, roleOf: RoleOf): MachineEntry {
  const { header, hash } = entry;
  return {
    index: header.index,
    hash,
    timestamp: header.timestamp,
    requests: requestsOf(entry).map(({ statement, digest, commands }) => ({
      client: statement.client,
      role: roleOf(statement.client) ?? NO_ROLE,
      first: statement.first,
      acknowledged: statement.acknowledged,
      digest,
      commands,
    })),
  };
}

/** One for each request of the entry, in order. */
export function executedOf(entry: Entry, outcomes: readonly Outcome[]): readonly Executed[] {
  const requests = requestsOf(entry);
  assert(outcomes.length === requests.length, 'an outcome for each request');
  return requests.map(({ statement, digest }, i) => {
    const outcome = outcomes[i] as Outcome;
    assert(outcome.digest === digest, 'outcomes are in the order of the requests');
    return {
      client: outcome.client as ClientId,
      requestDigest: outcome.digest as Hash,
      first: statement.first,
      count: statement.count,
      index: outcome.index as LogIndex,
      floor: outcome.floor,
    };
  });
}

/**
 * Applies again what is committed and what the machine, whose disk is not synced, has lost: before the core is made
 * (`Recovered.applied`).
 */
export async function replayCommitted(
  options: { readonly recovered: Recovered; readonly configuration: Configuration },
  deps: { readonly machine: Machine; readonly store: LogStore },
): Promise<void> {
  const { committed } = options.recovered;
  const { machine, store } = deps;
  const roleOf = rolesOf(options.configuration);
  while (machine.applied.index < committed.index) {
    const from = (machine.applied.index + 1) as LogIndex;
    const { fetchEntriesMax, fetchBytesMax } = limits;
    const entries = await store.readCommitted(from, committed, fetchEntriesMax, fetchBytesMax);
    assert(entries.length > 0, 'what is committed is stored');
    for (const entry of entries) await machine.apply(machineEntry(entry, roleOf));
  }
}
