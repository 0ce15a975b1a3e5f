/** Commands of the key-value machine and their one encoding. Runs in a browser too. */
import { decode, DecodeError, Writer, type Decoded, type Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import {
  readBound,
  readFlag,
  readKey,
  readList,
  readRevision,
  readValue,
  writeKey,
  writeRevision,
  writeValue,
  type Revision,
  type Value,
} from './value.ts';

export interface Put {
  readonly type: 'put';
  readonly key: Uint8Array;
  readonly value: Value;
}

export interface Get {
  readonly type: 'get';
  readonly key: Uint8Array;
}

export interface Delete {
  readonly type: 'delete';
  readonly key: Uint8Array;
}

/** Adds to a counter; a key that does not exist counts as 0. */
export interface Increment {
  readonly type: 'increment';
  readonly key: Uint8Array;
  readonly by: bigint;
}

/**
 * Items in the order of their keys, from `start` (inclusive) to `end` (exclusive, null: to the last key). A prefix is
 * the range `prefixRange` gives; the `next` of an answer is the `start` to go on from.
 */
export interface Scan {
  readonly type: 'scan';
  readonly start: Uint8Array;
  readonly end: Uint8Array | null;
  /** 1 to `limits.scanLimitMax`; an answer also stops at its byte bound. */
  readonly limit: number;
}

/** `not-equal` is the exact opposite of `equal`; `less` and `greater` hold only between comparable things that exist. */
export type Relation = 'equal' | 'not-equal' | 'less' | 'greater';

export type Compare =
  | {
      readonly type: 'value';
      readonly key: Uint8Array;
      readonly relation: Relation;
      readonly value: Value;
    }
  | {
      readonly type: 'revision';
      readonly key: Uint8Array;
      readonly relation: Relation;
      readonly revision: Revision;
    }
  | { readonly type: 'exists'; readonly key: Uint8Array; readonly exists: boolean };

export type Operation = Put | Get | Delete | Increment;

/** If every compare holds, all of `then`, otherwise all of `else`: together or, if one fails, not at all. */
export interface Transaction {
  readonly type: 'transaction';
  readonly compares: readonly Compare[];
  readonly then: readonly Operation[];
  readonly else: readonly Operation[];
}

export type Command = Operation | Scan | Transaction;

/** Never reused for another meaning. */
export const COMMAND_CODE = {
  put: 1,
  get: 2,
  delete: 3,
  increment: 4,
  scan: 5,
  transaction: 6,
} as const;
const COMPARE_CODE = { value: 1, revision: 2, exists: 3 } as const;
const RELATIONS: readonly Relation[] = ['equal', 'not-equal', 'less', 'greater'];

function writeCompare(writer: Writer, compare: Compare): void {
  writeKey(writer.u8(COMPARE_CODE[compare.type]), compare.key);
  if (compare.type === 'exists') writer.u8(compare.exists ? 1 : 0);
  else {
    writer.u8(RELATIONS.indexOf(compare.relation));
    if (compare.type === 'value') writeValue(writer, compare.value);
    else writeRevision(writer, compare.revision);
  }
}

function readCompare(reader: Reader): Compare {
  const code = reader.u8();
  const key = readKey(reader);
  if (code === COMPARE_CODE.exists) return { type: 'exists', key, exists: readFlag(reader) };
  const relation = RELATIONS[reader.u8()];
  if (relation === undefined) throw new DecodeError('no relation');
  if (code === COMPARE_CODE.value)
    return { type: 'value', key, relation, value: readValue(reader) };
  if (code === COMPARE_CODE.revision)
    return { type: 'revision', key, relation, revision: readRevision(reader) };
  throw new DecodeError(`no compare: ${code}`);
}

export function writeCommand(writer: Writer, command: Command): Writer {
  writer.u8(COMMAND_CODE[command.type]);
  switch (command.type) {
    case 'put':
      return writeValue(writeKey(writer, command.key), command.value);
    case 'get':
    case 'delete':
      return writeKey(writer, command.key);
    case 'increment':
      return writeKey(writer, command.key).i64(command.by);
    case 'scan':
      writeKey(writer, command.start).u8(command.end === null ? 0 : 1);
      if (command.end !== null) writeKey(writer, command.end);
      return writer.u32(command.limit);
    case 'transaction':
      writer.u32(command.compares.length);
      for (const compare of command.compares) writeCompare(writer, compare);
      for (const operations of [command.then, command.else]) {
        writer.u32(operations.length);
        for (const operation of operations) writeCommand(writer, operation);
      }
      return writer;
  }
}

function readOperation(reader: Reader, code: number): Operation {
  switch (code) {
    case COMMAND_CODE.put:
      return { type: 'put', key: readKey(reader), value: readValue(reader) };
    case COMMAND_CODE.get:
      return { type: 'get', key: readKey(reader) };
    case COMMAND_CODE.delete:
      return { type: 'delete', key: readKey(reader) };
    case COMMAND_CODE.increment:
      return { type: 'increment', key: readKey(reader), by: reader.i64() };
    default:
      throw new DecodeError(`no operation: ${code}`);
  }
}

function readScan(reader: Reader): Scan {
  const start = readBound(reader);
  const end = readFlag(reader) ? readBound(reader) : null;
  const limit = reader.count(limits.scanLimitMax);
  if (limit === 0) throw new DecodeError('a scan for nothing');
  return { type: 'scan', start, end, limit };
}

function readTransaction(reader: Reader): Transaction {
  const max = limits.operationsPerTransactionMax;
  const operation = (from: Reader): Operation => readOperation(from, from.u8());
  return {
    type: 'transaction',
    compares: readList(reader, max, readCompare),
    then: readList(reader, max, operation),
    else: readList(reader, max, operation),
  };
}

export function readCommand(reader: Reader): Command {
  const code = reader.u8();
  if (code === COMMAND_CODE.scan) return readScan(reader);
  if (code === COMMAND_CODE.transaction) return readTransaction(reader);
  return readOperation(reader, code);
}

/** The bytes of a command that `commandProblem` has nothing against. */
export function encodeCommand(command: Command): Uint8Array {
  const valueBytes =
    command.type === 'put' && typeof command.value !== 'bigint' ? command.value.length : 0;
  const capacityBytes = 64 + valueBytes;
  return writeCommand(new Writer(capacityBytes), command).finish();
}

/** The command that `bytes` hold, as views of them; never throws. */
export function decodeCommand(bytes: Uint8Array): Decoded<Command> {
  return decode(bytes, readCommand);
}
