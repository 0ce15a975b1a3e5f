/**
 * Queries of the applied state (C5 `local`) and their answers, in their one encoding. Runs in a browser too.
 * The first byte of a query is never 0xff or 0xfe, which ask the host about itself.
 */
import { decode, DecodeError, Writer, type Decoded, type Reader } from '../base/binary.ts';
import { COMMAND_CODE, readCommand, writeCommand, type Get, type Scan } from './command.ts';
import { readResult, writeResult } from './result.ts';
import type { ErrorResult, GetResult, ScanResult } from './result.ts';

export type Query =
  | Get
  | Scan
  /** The asking client's own session: where a new process of it may start to count (C2). */
  | { readonly type: 'session' }
  /** What was applied last, and the digest of the state after it. */
  | { readonly type: 'state' };

export interface SessionResult {
  readonly type: 'session';
  /** The highest executed acknowledged-up-to, 0 before the first request. */
  readonly acknowledged: bigint;
  /** The highest executed sequence number, 0 before the first request. */
  readonly executed: bigint;
}

export interface StateResult {
  readonly type: 'state';
  readonly index: number;
  /** Of entry `index`, hexadecimal. */
  readonly hash: string;
  /** Hexadecimal; equal at equal index on all honest nodes. */
  readonly digest: string;
}

export type QueryResult = GetResult | ScanResult | ErrorResult | SessionResult | StateResult;

const CODE = { session: 16, state: 17 } as const;

export function encodeQuery(query: Query): Uint8Array {
  const writer = new Writer(64);
  if (query.type === 'session' || query.type === 'state')
    return writer.u8(CODE[query.type]).finish();
  return writeCommand(writer, query).finish();
}

function readQuery(reader: Reader, code: number | undefined): Query {
  if (code === COMMAND_CODE.get || code === COMMAND_CODE.scan) {
    const command = readCommand(reader);
    if (command.type === 'get' || command.type === 'scan') return command;
  }
  reader.u8();
  if (code === CODE.session) return { type: 'session' };
  if (code === CODE.state) return { type: 'state' };
  throw new DecodeError(`no query: ${code}`);
}

/** The query that `bytes` hold, as views of them; never throws. */
export function decodeQuery(bytes: Uint8Array): Decoded<Query> {
  return decode(bytes, (reader) => readQuery(reader, bytes[0]));
}

export function encodeQueryResult(result: QueryResult): Uint8Array {
  const writer = new Writer(64);
  switch (result.type) {
    case 'session':
      return writer.u8(CODE.session).u64(result.acknowledged).u64(result.executed).finish();
    case 'state':
      writer.u8(CODE.state).u53(result.index).hex(result.hash).hex(result.digest);
      return writer.finish();
    default:
      return writeResult(writer, result).finish();
  }
}

function readQueryResult(reader: Reader): QueryResult {
  const type = reader.u8();
  if (type === CODE.session)
    return { type: 'session', acknowledged: reader.u64(), executed: reader.u64() };
  if (type === CODE.state)
    return { type: 'state', index: reader.u53(), hash: reader.hex(32), digest: reader.hex(32) };
  const result = readResult(reader, type);
  if (result.type === 'get' || result.type === 'scan' || result.type === 'error') return result;
  throw new DecodeError(`no answer to a query: ${result.type}`);
}

/** The answer that `bytes` hold, as views of them; never throws. */
export function decodeQueryResult(bytes: Uint8Array): Decoded<QueryResult> {
  return decode(bytes, readQueryResult);
}
