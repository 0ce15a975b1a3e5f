/**
 * A request's commands, run in order. Each has its own result, and a failed one neither stops nor undoes the others
 * (whoever wants all or nothing sends a transaction); for its session the request is one unit all the same (C2).
 */
import { RequestBudget, type EntryBudget } from './budget.ts';
import { decodeCommand, type Command } from './command.ts';
import type { MachineDatabase } from './database.ts';
import type { EntryItems } from './items.ts';
import { writeResult, errorResult, type ErrorResult, type Result } from './result.ts';
import { readsOfScan, scan } from './scan.ts';
import { operate, operationsOf, sizeOf, transact } from './transaction.ts';

/** C1: readers only read. A role that nobody knows may nothing. */
export function isAllowed(role: string, command: Command['type']): boolean {
  if (role === 'reader') return command === 'get' || command === 'scan';
  return role === 'writer' || role === 'admin';
}

/** How a command counts: operations of the request, reads of the entry. */
function costOf(command: Command, items: EntryItems): { operations: number; reads: number } {
  switch (command.type) {
    case 'get':
      return { operations: 1, reads: 1 };
    case 'scan':
      return { operations: 1, reads: readsOfScan(items.writes) };
    case 'transaction': {
      const operations = 1 + operationsOf(command);
      return { operations, reads: operations };
    }
    default:
      return { operations: 1, reads: 0 };
  }
}

function runSync(
  command: Exclude<Command, { type: 'scan' }>,
  items: EntryItems,
  budget: RequestBudget,
): Result {
  if (command.type === 'transaction') return transact(items, command, budget);
  const result = operate(items, command);
  const refusal = result.type === 'get' ? budget.refuses(sizeOf(result)) : null;
  return refusal === null ? result : errorResult(refusal);
}

/** Why a command may not run, if so. */
function refusalOf(
  command: Command,
  role: string,
  items: EntryItems,
  budget: RequestBudget,
): ErrorResult | null {
  if (!isAllowed(role, command.type)) return errorResult('forbidden');
  const { operations, reads } = costOf(command, items);
  const code = budget.begin(operations, reads);
  return code === null ? null : errorResult(code);
}

/** Runs all commands; one encoded result for each, and how much work they were (`Outcome.work`). */
export async function runRequest(
  request: { readonly role: string; readonly commands: readonly Uint8Array[] },
  items: EntryItems,
  database: MachineDatabase,
  entryBudget: EntryBudget,
): Promise<{ readonly results: readonly Uint8Array[]; readonly work: number }> {
  const budget = new RequestBudget(entryBudget, request.commands.length);
  const results: Uint8Array[] = [];
  for (const bytes of request.commands) {
    const decoded = decodeCommand(bytes);
    let result: Result;
    if (!decoded.ok) result = errorResult('invalid-command');
    else {
      const command = decoded.value;
      const refusal = refusalOf(command, request.role, items, budget);
      if (refusal !== null) result = refusal;
      else if (command.type !== 'scan') result = runSync(command, items, budget);
      else result = await scan(database, items.writes, command, budget);
    }
    const start = items.writes.arena.length;
    const encoded = writeResult(items.writes.arena, result).since(start);
    budget.end(encoded.length);
    results.push(encoded);
  }
  return { results, work: budget.work };
}
