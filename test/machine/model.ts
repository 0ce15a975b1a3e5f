/** What the machine should do, as plainly as it can be said: maps, no window, no overlay, no bytes. */
import { toHex, fromHex, compareBytes } from '../../src/base/bytes.ts';
import type { Command, Compare, Operation } from '../../src/machine/command.ts';
import type { OperationResult, Result, ScanResult } from '../../src/machine/result.ts';
import {
  COUNTER_MAX,
  COUNTER_MIN,
  type Item,
  type Revision,
  type Value,
} from '../../src/machine/value.ts';

interface Cell {
  readonly value: Value;
  readonly revision: Revision;
}

export interface ModelRequest {
  readonly client: string;
  readonly role: string;
  readonly first: bigint;
  readonly acknowledged: bigint;
  readonly digest: string;
  readonly commands: readonly Command[];
}

interface Used {
  readonly first: bigint;
  readonly digest: string;
  readonly index: number;
  readonly results: readonly Result[];
}

const same = (a: Value, b: Value): boolean =>
  typeof a === 'bigint' || typeof b === 'bigint' ? a === b : compareBytes(a, b) === 0;

const below = (a: Value, b: Value): boolean =>
  typeof a === 'bigint'
    ? typeof b === 'bigint' && a < b
    : typeof b !== 'bigint' && compareBytes(a, b) < 0;

const earlier = (a: Revision, b: Revision): boolean =>
  a.index < b.index || (a.index === b.index && a.order < b.order);

export class Model {
  cells = new Map<string, Cell>();
  /** By client, then by sequence number: nothing is ever forgotten. */
  readonly used = new Map<string, Map<bigint, Used>>();
  readonly floors = new Map<string, bigint>();
  #index = 0;
  #order = 0;

  applyEntry(requests: readonly ModelRequest[]): { index: number; results: readonly Result[] }[] {
    this.#index++;
    this.#order = 0;
    return requests.map((request) => this.#request(request));
  }

  #request(request: ModelRequest): { index: number; results: readonly Result[] } {
    const floor = this.floors.get(request.client) ?? 0n;
    const used = this.used.get(request.client) ?? new Map<bigint, Used>();
    const numbers = request.commands.map((_, i) => request.first + BigInt(i));
    const voided = (code: 'too-old' | 'sequence-reused' | 'invalid-request') => {
      return { index: 0, results: [{ type: 'error', code, operation: null } as const] };
    };
    const last = numbers.at(-1);
    if (last === undefined || numbers.length > 256 || last > request.acknowledged + 256n)
      return voided('invalid-request');
    if (numbers.some((number) => number <= floor)) return voided('too-old');
    const before = used.get(request.first);
    if (before !== undefined && before.first === request.first && before.digest === request.digest)
      return { index: before.index, results: before.results };
    if (numbers.some((number) => used.has(number))) return voided('sequence-reused');
    const results = request.commands.map((command) => this.#run(command, request.role));
    const { first, digest } = request;
    for (const number of numbers) used.set(number, { first, digest, index: this.#index, results });
    this.used.set(request.client, used);
    if (request.acknowledged > floor) this.floors.set(request.client, request.acknowledged);
    return { index: this.#index, results };
  }

  #run(command: Command, role: string): Result {
    if (role === 'reader' && command.type !== 'get' && command.type !== 'scan')
      return { type: 'error', code: 'forbidden', operation: null };
    if (command.type === 'scan') return this.scan(command.start, command.end, command.limit);
    if (command.type !== 'transaction') return this.#operate(command);
    const [cells, order] = [new Map(this.cells), this.#order];
    const succeeded = command.compares.every((compare) => this.#holds(compare));
    const results: OperationResult[] = [];
    for (const [operation, item] of (succeeded ? command.then : command.else).entries()) {
      const result = this.#operate(item);
      if (result.type === 'error') {
        this.cells = cells;
        this.#order = order;
        return { ...result, operation };
      }
      results.push(result as OperationResult);
    }
    return { type: 'transaction', succeeded, results };
  }

  #write(key: Uint8Array, value: Value): Revision {
    const revision = { index: this.#index, order: this.#order++ };
    this.cells.set(toHex(key), { value, revision });
    return revision;
  }

  #operate(operation: Operation): Result {
    const cell = this.cells.get(toHex(operation.key)) ?? null;
    switch (operation.type) {
      case 'put':
        return { type: 'put', revision: this.#write(operation.key, operation.value) };
      case 'get':
        return { type: 'get', found: cell };
      case 'delete':
        if (this.cells.delete(toHex(operation.key))) this.#order++;
        return { type: 'delete', existed: cell !== null };
      case 'increment': {
        const before = cell === null ? 0n : cell.value;
        if (typeof before !== 'bigint')
          return { type: 'error', code: 'not-a-counter', operation: null };
        const value = before + operation.by;
        if (value > COUNTER_MAX || value < COUNTER_MIN)
          return { type: 'error', code: 'counter-overflow', operation: null };
        return { type: 'increment', value, revision: this.#write(operation.key, value) };
      }
    }
  }

  #holds(compare: Compare): boolean {
    const cell = this.cells.get(toHex(compare.key));
    if (compare.type === 'exists') return (cell !== undefined) === compare.exists;
    const none = { index: 0, order: 0 };
    let [equal, less, greater] = [false, false, false];
    if (compare.type === 'revision') {
      less = earlier(cell?.revision ?? none, compare.revision);
      greater = earlier(compare.revision, cell?.revision ?? none);
      equal = !less && !greater;
    } else if (cell !== undefined) {
      equal = same(cell.value, compare.value);
      less = below(cell.value, compare.value);
      greater = below(compare.value, cell.value);
    }
    return { equal, 'not-equal': !equal, less, greater }[compare.relation];
  }

  scan(start: Uint8Array, end: Uint8Array | null, limit: number): ScanResult {
    const all: Item[] = [...this.cells]
      .map(([hex, cell]) => ({ key: fromHex(hex) as Uint8Array, ...cell }))
      .filter(({ key }) => compareBytes(key, start) >= 0)
      .filter(({ key }) => end === null || compareBytes(key, end) < 0)
      .sort((a, b) => compareBytes(a.key, b.key));
    return { type: 'scan', items: all.slice(0, limit), next: all[limit]?.key ?? null };
  }
}
