/** Answers to queries (C5 `local`): the same reads as commands, of a state that nothing is being written to. */
import { EntryBudget, RequestBudget } from './budget.ts';
import type { MachineDatabase } from './database.ts';
import { EntryItems } from './items.ts';
import type { Applied, SessionHead } from './layout.ts';
import type { Answer } from './machine.ts';
import { decodeQuery, encodeQueryResult, type Query, type QueryResult } from './query.ts';
import { isAllowed } from './request.ts';
import { errorResult } from './result.ts';
import { scan } from './scan.ts';
import { EntryWrites } from './writes.ts';

export interface Asked {
  readonly database: MachineDatabase;
  readonly applied: Applied;
  /** The asking client's session as it is now, from memory or from disk. */
  readonly session: () => Promise<SessionHead>;
}

async function resultOf(query: Query, asked: Asked, budget: RequestBudget): Promise<QueryResult> {
  switch (query.type) {
    case 'get':
      return {
        type: 'get',
        found: new EntryItems(new EntryWrites(asked.database), 0).get(query.key),
      };
    case 'scan':
      return scan(asked.database, new EntryWrites(asked.database), query, budget);
    case 'session': {
      const { floor, highest } = await asked.session();
      return { type: 'session', acknowledged: floor, executed: highest };
    }
    case 'state': {
      const { index, hash, digest } = asked.applied;
      return { type: 'state', index, hash, digest };
    }
  }
}

/** Reads what it needs before it first waits, so that the answer is of the state at `applied`. */
export async function answer(
  query: Uint8Array,
  role: string,
  asked: Asked,
): Promise<Pick<Answer, 'result' | 'work'>> {
  const decoded = decodeQuery(query);
  if (!decoded.ok) return { result: encodeQueryResult(errorResult('invalid-query')), work: 0 };
  if (!isAllowed(role, 'get'))
    return { result: encodeQueryResult(errorResult('forbidden')), work: 0 };
  const budget = new RequestBudget(new EntryBudget(), 1);
  const result = await resultOf(decoded.value, asked, budget);
  return { result: encodeQueryResult(result), work: 1 + budget.work };
}
