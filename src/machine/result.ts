/** Results of commands and their one encoding. Runs in a browser too. */
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
  type Item,
  type Revision,
  type Value,
} from './value.ts';

/** Stable codes of errors. Their place is their encoding: new ones are appended. */
export const RESULT_CODES = [
  /** The bytes are no command. */
  'invalid-command',
  /** A role that may not issue this command. */
  'forbidden',
  /** An increment of a value that is bytes. */
  'not-a-counter',
  /** A counter stays within signed 64 bits. */
  'counter-overflow',
  /** The request has no room left for this answer: ask for it in a request of its own. */
  'result-too-large',
  /** The request ran `limits.operationsPerRequestMax` operations already. */
  'too-many-operations',
  /** The entry has read as much as one entry may: try again. */
  'busy',
  /** C2: the request touches a sequence number that another request used. Void. */
  'sequence-reused',
  /** C2: the request reaches what the client acknowledged, or below. Void. */
  'too-old',
  /** C2: the request reaches above the window, holds no command or too many. Void. */
  'invalid-request',
  /** The bytes are no query. */
  'invalid-query',
] as const;
export type ResultCode = (typeof RESULT_CODES)[number];

export interface PutResult {
  readonly type: 'put';
  readonly revision: Revision;
}

export interface GetResult {
  readonly type: 'get';
  readonly found: { readonly value: Value; readonly revision: Revision } | null;
}

export interface DeleteResult {
  readonly type: 'delete';
  readonly existed: boolean;
}

export interface IncrementResult {
  readonly type: 'increment';
  readonly value: bigint;
  readonly revision: Revision;
}

export interface ScanResult {
  readonly type: 'scan';
  readonly items: readonly Item[];
  /** The next key in the range, to go on from; null at its end. `items` may be empty before the end. */
  readonly next: Uint8Array | null;
}

export type OperationResult = PutResult | GetResult | DeleteResult | IncrementResult;

export interface TransactionResult {
  readonly type: 'transaction';
  /** Whether the compares held, so that `then` ran. */
  readonly succeeded: boolean;
  readonly results: readonly OperationResult[];
}

/** Nothing of the command was done. */
export interface ErrorResult {
  readonly type: 'error';
  readonly code: ResultCode;
  /** In a transaction, which operation of the list that ran; otherwise null. */
  readonly operation: number | null;
}

export type Result = OperationResult | ScanResult | TransactionResult | ErrorResult;

export function errorResult(code: ResultCode, operation: number | null = null): ErrorResult {
  return { type: 'error', code, operation };
}

const RESULT_TYPE = {
  error: 0,
  put: 1,
  get: 2,
  delete: 3,
  increment: 4,
  scan: 5,
  transaction: 6,
} as const;

export function writeResult(writer: Writer, result: Result): Writer {
  writer.u8(RESULT_TYPE[result.type]);
  switch (result.type) {
    case 'error':
      return writer
        .u8(RESULT_CODES.indexOf(result.code))
        .u8(result.operation === null ? 0 : result.operation + 1);
    case 'put':
      return writeRevision(writer, result.revision);
    case 'get':
      writer.u8(result.found === null ? 0 : 1);
      if (result.found === null) return writer;
      return writeValue(writeRevision(writer, result.found.revision), result.found.value);
    case 'delete':
      return writer.u8(result.existed ? 1 : 0);
    case 'increment':
      return writeRevision(writer.i64(result.value), result.revision);
    case 'scan':
      writer.u32(result.items.length);
      for (const { key, revision, value } of result.items)
        writeValue(writeRevision(writeKey(writer, key), revision), value);
      writer.u8(result.next === null ? 0 : 1);
      return result.next === null ? writer : writeKey(writer, result.next);
    case 'transaction':
      writer.u8(result.succeeded ? 1 : 0).u32(result.results.length);
      for (const inner of result.results) writeResult(writer, inner);
      return writer;
  }
}

function readItem(reader: Reader): Item {
  const key = readKey(reader);
  const revision = readRevision(reader);
  return { key, revision, value: readValue(reader) };
}

function readError(reader: Reader): ErrorResult {
  const code = RESULT_CODES[reader.u8()];
  if (code === undefined) throw new DecodeError('no error code');
  const operation = reader.u8();
  if (operation > limits.operationsPerTransactionMax) throw new DecodeError('no such operation');
  return errorResult(code, operation === 0 ? null : operation - 1);
}

function readGet(reader: Reader): GetResult {
  if (!readFlag(reader)) return { type: 'get', found: null };
  const revision = readRevision(reader);
  return { type: 'get', found: { value: readValue(reader), revision } };
}

function readOperationResult(reader: Reader, type = reader.u8()): OperationResult {
  switch (type) {
    case RESULT_TYPE.put:
      return { type: 'put', revision: readRevision(reader) };
    case RESULT_TYPE.get:
      return readGet(reader);
    case RESULT_TYPE.delete:
      return { type: 'delete', existed: readFlag(reader) };
    case RESULT_TYPE.increment:
      return { type: 'increment', value: reader.i64(), revision: readRevision(reader) };
    default:
      throw new DecodeError(`no result: ${type}`);
  }
}

export function readResult(reader: Reader, type: number = reader.u8()): Result {
  switch (type) {
    case RESULT_TYPE.error:
      return readError(reader);
    case RESULT_TYPE.scan: {
      const items = readList(reader, limits.scanLimitMax, readItem);
      return { type: 'scan', items, next: readFlag(reader) ? readBound(reader) : null };
    }
    case RESULT_TYPE.transaction: {
      const succeeded = readFlag(reader);
      const max = limits.operationsPerTransactionMax;
      const results = readList(reader, max, (from) => readOperationResult(from));
      return { type: 'transaction', succeeded, results };
    }
    default:
      return readOperationResult(reader, type);
  }
}

export function encodeResult(result: Result): Uint8Array {
  return writeResult(new Writer(32), result).finish();
}

/** The result that `bytes` hold, as views of them; never throws. */
export function decodeResult(bytes: Uint8Array): Decoded<Result> {
  return decode(bytes, (reader) => readResult(reader));
}
