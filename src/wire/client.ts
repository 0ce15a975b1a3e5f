/** Messages between clients and nodes: version ‖ kind ‖ signer ‖ statement ‖ signature ‖ body, as between peers. */
import { DecodeError, Reader } from '../base/binary.ts';
import type { Decoded } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type {
  ClientMessage,
  ClientReply,
  NodeToClientMessage,
  Read,
  ReadReply,
  Refusal,
} from '../consensus/model/message.ts';
import { writeStatement } from '../consensus/model/statement.ts';
import { encodeBody, readRefusalBody } from './body.ts';
import type { ClientContext } from './context.ts';
import { beginFrame, decodeFrame, finishFrame } from './frame.ts';
import { copyBytes, readList, readSignature } from './layout.ts';
import { encodeBlobs, requestFrom } from './request.ts';
import {
  readBodyStatement,
  readReadReplyStatement,
  readReadStatement,
  readReplyStatement,
  readSigned,
  writeSigned,
} from './statement.ts';

const RESULTS = { min: 1, max: limits.commandsPerRequestMax, what: 'results' } as const;

/** The results as they are sent; the digest of this is `ReplyStatement.resultsDigest`. */
export function encodeResults(results: readonly Uint8Array[]): Uint8Array {
  return encodeBlobs(results);
}

/** The frame of what a client sends. The statement of a Read names its client, so no signer stands before it. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  if (message.kind === 'client-request') {
    const { bytes } = message.request;
    return finishFrame(beginFrame(message.kind, 2 + bytes.length).raw(bytes));
  }
  const writer = beginFrame(message.kind, 256 + message.query.length);
  return finishFrame(
    writeStatement(writer, message.statement).raw(message.signature).raw(message.query),
  );
}

/** A client's message: canonical, within limits, digests as signed for. Signatures are for `crypto/` to check. */
export function decodeClientMessage(bytes: Uint8Array, ctx: ClientContext): Decoded<ClientMessage> {
  return decodeFrame(bytes, (kind, reader) => {
    switch (kind) {
      case 'client-request':
        // Copied: a request waits in the core, and a short one would keep a socket's whole buffer.
        return { kind, request: requestFrom(copyBytes(takeRest(reader, 'request')), ctx) };
      case 'read':
        return readRead(reader, ctx);
      default:
        throw new DecodeError(`${kind} is nothing that a client sends`);
    }
  });
}

function readRead(reader: Reader, ctx: ClientContext): Read {
  const statement = readReadStatement(reader);
  const signature = readSignature(reader);
  const query = copyBytes(takeRest(reader, 'query'));
  if (ctx.digest(query) !== statement.queryDigest)
    throw new DecodeError('the query does not have the digest that is signed for');
  return { kind: 'read', statement, signature, query };
}

/** All that is left: a request or a query, which have one bound. */
function takeRest(reader: Reader, what: string): Uint8Array {
  const max = limits.requestBytesMax;
  if (reader.remaining > max)
    throw new DecodeError(`a ${what} of ${reader.remaining} bytes where ${max} are allowed`);
  return reader.raw(reader.remaining);
}

/** The frame of what a node sends to a client. */
export function encodeNodeToClientMessage(message: NodeToClientMessage): Uint8Array {
  const body = bodyOf(message);
  const writer = beginFrame(message.kind, 512 + body.length);
  return finishFrame(writeSigned(writer, message.signed).raw(body));
}

function bodyOf(message: NodeToClientMessage): Uint8Array {
  switch (message.kind) {
    case 'client-reply':
      return encodeResults(message.results);
    case 'read-reply':
      return message.result;
    case 'refusal':
      return encodeBody(message);
  }
}

/** A node's message to a client; results are copied out of the frame. */
export function decodeNodeToClientMessage(
  bytes: Uint8Array,
  ctx: ClientContext,
): Decoded<NodeToClientMessage> {
  return decodeFrame(bytes, (kind, reader) => {
    switch (kind) {
      case 'client-reply':
        return readReply(reader, ctx);
      case 'read-reply':
        return readReadReply(reader, ctx);
      case 'refusal':
        return readRefusal(reader, ctx);
      default:
        throw new DecodeError(`${kind} is nothing that a node sends to a client`);
    }
  });
}

function readReply(reader: Reader, ctx: ClientContext): ClientReply {
  const signed = readSigned(reader, readReplyStatement);
  const body = copyBytes(reader.raw(reader.remaining));
  if (ctx.digest(body) !== signed.statement.resultsDigest)
    throw new DecodeError('the results do not have the digest that is signed for');
  const inner = new Reader(body);
  const results = readList(inner, RESULTS, (each) => each.bytes(limits.resultBytesMax));
  inner.end();
  return { kind: 'client-reply', signed, results };
}

function readReadReply(reader: Reader, ctx: ClientContext): ReadReply {
  const signed = readSigned(reader, readReadReplyStatement);
  const result = copyBytes(reader.raw(reader.remaining));
  if (result.length > limits.resultBytesMax)
    throw new DecodeError(
      `a result of ${result.length} bytes where at most ${limits.resultBytesMax} are allowed`,
    );
  if (ctx.digest(result) !== signed.statement.resultDigest)
    throw new DecodeError('the result does not have the digest that is signed for');
  return { kind: 'read-reply', signed, result };
}

function readRefusal(reader: Reader, ctx: ClientContext): Refusal {
  const signed = readSigned(reader, (each) => readBodyStatement(each, 'refusal'));
  return { kind: 'refusal', body: readRefusalBody(reader, signed.statement, ctx), signed };
}
