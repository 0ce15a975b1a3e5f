/** What every frame of data begins with: the version of the protocol and the code of the message's kind. */
import { assert } from '../base/assert.ts';
import { DecodeError, Writer, decode } from '../base/binary.ts';
import type { Decoded, Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { PROTOCOL_VERSION } from '../consensus/model/handshake.ts';
import { STATEMENT_CODE } from '../consensus/model/statement.ts';
import type { Statement } from '../consensus/model/statement.ts';

/** How messages of one set of kinds begin; a code means the same in every set that has it. */
export class Frames<K extends string> {
  readonly #codes: Readonly<Record<K, number>>;
  readonly #kinds: ReadonlyMap<number, K>;

  constructor(codes: Readonly<Record<K, number>>) {
    this.#codes = codes;
    this.#kinds = new Map((Object.keys(codes) as K[]).map((kind) => [codes[kind], kind]));
  }

  begin(kind: K, capacityBytes: number): Writer {
    return new Writer(capacityBytes).u8(PROTOCOL_VERSION).u8(this.#codes[kind]);
  }

  decode<T>(bytes: Uint8Array, read: (kind: K, reader: Reader) => T): Decoded<T> {
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
      const kind = this.#kinds.get(code);
      if (kind === undefined) throw new DecodeError(`${code} is no kind of message`);
      return read(kind, reader);
    });
  }
}

const STATEMENTS = new Frames(STATEMENT_CODE);

export function beginFrame(kind: Statement['kind'], capacityBytes: number): Writer {
  return STATEMENTS.begin(kind, capacityBytes);
}

export function decodeFrame<T>(
  bytes: Uint8Array,
  read: (kind: Statement['kind'], reader: Reader) => T,
): Decoded<T> {
  return STATEMENTS.decode(bytes, read);
}

/** The frame, which is within its bound: whoever fills messages keeps to `limits`. */
export function finishFrame(writer: Writer): Uint8Array {
  assert(writer.length <= limits.frameBytesMax, `a frame of ${writer.length} bytes`);
  return writer.finish();
}
