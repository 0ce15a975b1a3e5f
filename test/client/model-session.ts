/** C2 and a few counters, as plainly as they can be written: what an honest cluster would answer. */
import { toHex } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { decodeCommand } from '../../src/machine/command.ts';
import type { Command, Operation } from '../../src/machine/command.ts';
import { encodeResult, errorResult } from '../../src/machine/result.ts';
import type { OperationResult, Result } from '../../src/machine/result.ts';
import type { Value } from '../../src/machine/value.ts';

export interface Executed {
  readonly index: number;
  readonly results: readonly Uint8Array[];
}

interface Item {
  readonly value: Value;
  readonly revision: { readonly index: number; readonly order: number };
}

export class ModelMachine {
  index = 1;
  floor = 0n;
  executed = 0n;
  readonly items = new Map<string, Item>();
  /** How many requests were executed for the first time, and the sizes of their bundles. */
  readonly bundles: number[] = [];
  /** Above how many bytes of results a shared request has no room for another. */
  resultBytesMax = Infinity;
  readonly #numbers = new Map<bigint, { readonly digest: string; readonly executed: Executed }>();
  readonly #requests = new Map<string, Executed>();

  /** What the session knows without ordering (the repeat of a request, a void one), or null. */
  known({ statement, digest }: ClientRequest): Executed | null {
    const first = this.#requests.get(digest);
    if (first !== undefined && statement.first > this.floor) return first;
    const last = statement.first + BigInt(statement.count) - 1n;
    if (statement.first <= this.floor) return voidOf('too-old');
    if (last > statement.acknowledged + BigInt(limits.sessionWindow))
      return voidOf('invalid-request');
    for (let number = statement.first; number <= last; number++)
      if (this.#numbers.has(number)) return voidOf('sequence-reused');
    return null;
  }

  apply(request: ClientRequest): Executed {
    const known = this.known(request);
    if (known !== null) return known;
    const index = ++this.index;
    const { first, acknowledged } = request.statement;
    let bytes = 0;
    const results = request.commands.map((encoded, order) => {
      const result = encodeResult(this.#run(encoded, index, order));
      if (bytes > 0 && bytes + result.length > this.resultBytesMax)
        return encodeResult(errorResult('result-too-large'));
      bytes += result.length;
      return result;
    });
    const executed: Executed = { index, results };
    for (const i of request.commands.keys())
      this.#numbers.set(first + BigInt(i), { digest: request.digest, executed });
    this.#requests.set(request.digest, executed);
    this.bundles.push(request.commands.length);
    if (acknowledged > this.floor) this.floor = acknowledged;
    const last = first + BigInt(request.commands.length) - 1n;
    if (last > this.executed) this.executed = last;
    return executed;
  }

  /** As another process with the same key would have. */
  useUpTo(number: bigint): void {
    this.floor = number;
    this.executed = number;
  }

  valueOf(key: Uint8Array): Value | null {
    return this.items.get(toHex(key))?.value ?? null;
  }

  #run(encoded: Uint8Array, index: number, order: number): Result {
    const decoded = decodeCommand(encoded);
    if (!decoded.ok) return errorResult('invalid-command');
    return this.run(decoded.value, { index, order });
  }

  run(command: Command, revision: { index: number; order: number }): Result {
    if (command.type === 'scan') return this.#scan(command);
    if (command.type !== 'transaction') return this.#operate(command, revision);
    const succeeded = command.compares.every(
      (compare) =>
        compare.type === 'exists' && (this.valueOf(compare.key) !== null) === compare.exists,
    );
    const results: OperationResult[] = [];
    for (const operation of succeeded ? command.then : command.else) {
      const result = this.#operate(operation, revision);
      if (result.type === 'error') return result;
      results.push(result as OperationResult);
    }
    return { type: 'transaction', succeeded, results };
  }

  #scan(command: Extract<Command, { type: 'scan' }>): Result {
    const end = command.end === null ? null : toHex(command.end);
    const keys = [...this.items.keys()]
      .sort()
      .filter((key) => key >= toHex(command.start) && (end === null || key < end));
    const items = keys.slice(0, command.limit).map((key) => ({
      key: Uint8Array.from(Buffer.from(key, 'hex')),
      ...(this.items.get(key) as Item),
    }));
    const next = keys[command.limit];
    return {
      type: 'scan',
      items,
      next: next === undefined ? null : Uint8Array.from(Buffer.from(next, 'hex')),
    };
  }

  #operate(operation: Operation, revision: { index: number; order: number }): Result {
    const key = toHex(operation.key);
    const item = this.items.get(key);
    switch (operation.type) {
      case 'put':
        this.items.set(key, { value: operation.value, revision });
        return { type: 'put', revision };
      case 'get':
        return { type: 'get', found: item ?? null };
      case 'delete':
        return { type: 'delete', existed: this.items.delete(key) };
      case 'increment': {
        const before = item?.value ?? 0n;
        if (typeof before !== 'bigint') return errorResult('not-a-counter');
        this.items.set(key, { value: before + operation.by, revision });
        return { type: 'increment', value: before + operation.by, revision };
      }
    }
  }
}

function voidOf(code: 'too-old' | 'sequence-reused' | 'invalid-request'): Executed {
  return { index: 0, results: [encodeResult(errorResult(code))] };
}
