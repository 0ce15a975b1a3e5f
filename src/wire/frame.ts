/** What every frame of data begins with: the version of the protocol and the code of the message's kind. */
import { assert } from '../base/assert.ts';
import { DecodeError, Writer, decode } from '../base/binary.ts';
import type { Decoded, Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { PROTOCOL_VERSION } from '../consensus/model/handshake.ts';
import { STATEMENT_CODE } from '../consensus/model/statement.ts';
import type { Statement } from '../consensus/model/statement.ts';

type Kind = Statement['kind'];

const KIND_OF_CODE: ReadonlyMap<number, Kind> = new Map(
  (Object.keys(STATEMENT_CODE) as Kind[]).map((kind) => [STATEMENT_CODE[kind], kind]),
);

export function beginFrame(kind: Kind, capacityBytes: number): Writer {
  return new Writer(capacityBytes).u8(PROTOCOL_VERSION).u8(STATEMENT_CODE[kind]);
}

/** The frame, which is within its bound: whoever fills messages keeps to `limits`. */
export function finishFrame(writer: Writer): Uint8Array {
  assert(writer.length <= limits.frameBytesMax, `a frame of ${writer.length} bytes`);
  return writer.finish();
}

export function decodeFrame<T>(
  bytes: Uint8Array,
  read: (kind: Kind, reader: Reader) => T,
): Decoded<T> {
  if (bytes.length > limits.frameBytesMax)
    return {
      ok: false,
      reason: `a frame of ${bytes.length} bytes where at most ${limits.frameBytesMax} are allowed`,
    };
  return decode(bytes, (reader) => {
    const version = reader.u8();
    if (version !== PROTOCOL_VERSION)
      throw new DecodeError(`version ${version} where ${PROTOCOL_VERSION} is spoken`);
    const code = reader.u8();
    const kind = KIND_OF_CODE.get(code);
    if (kind === undefined) throw new DecodeError(`${code} is no kind of message`);
    return read(kind, reader);
  });
}
