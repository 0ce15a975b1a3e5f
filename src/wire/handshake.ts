/**
 * The frames of the handshake (L1): version ‖ code of handshakes ‖ code of the frame ‖ fields. The layouts of Hello
 * and Reject stay the same in every version, so that two versions can tell each other why they part.
 */
import { assert } from '../base/assert.ts';
import { DecodeError, Writer, decode } from '../base/binary.ts';
import type { Decoded, Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { NONCE_BYTES, PROTOCOL_VERSION, REJECT_CODES } from '../consensus/model/handshake.ts';
import type { HandshakeFrame, Hello, LinkRole } from '../consensus/model/handshake.ts';
import type { ClusterId } from '../consensus/model/ids.ts';
import { isNodeId } from '../consensus/model/ids.ts';
import { STATEMENT_CODE } from '../consensus/model/statement.ts';
import { HASH_BYTES, clipText, readEpoch, readName, readNodeId, readSignature } from './layout.ts';

/** Codes by place, never reused. */
const FRAMES = ['hello', 'challenge', 'answer', 'welcome', 'reject'] as const;
const ROLES: readonly LinkRole[] = ['peer', 'client'];
const CLIENT_ID = /^[0-9a-f]{64}$/u;
const REASON_BYTES_MAX = 255;

/** The frame; the reason of a Reject is cut at 255 bytes. */
export function encodeHandshake(frame: HandshakeFrame): Uint8Array {
  const writer = new Writer(256).u8(versionOf(frame)).u8(STATEMENT_CODE.handshake);
  const bytes = writeFields(writer.u8(FRAMES.indexOf(frame.kind)), frame).finish();
  assert(bytes.length <= limits.handshakeFrameBytesMax, 'a handshake frame is small');
  return bytes;
}

/** A Reject is of no version, and written 0 by all. */
function versionOf(frame: HandshakeFrame): number {
  if (frame.kind === 'hello') return frame.version;
  return frame.kind === 'reject' ? 0 : PROTOCOL_VERSION;
}

function writeFields(writer: Writer, frame: HandshakeFrame): Writer {
  switch (frame.kind) {
    case 'hello':
      return writer
        .hex(frame.clusterId)
        .u8(ROLES.indexOf(frame.role))
        .text(frame.id)
        .hex(frame.nonce)
        .u53(frame.epoch);
    case 'challenge':
      return writer.text(frame.id).hex(frame.nonce).u53(frame.epoch);
    case 'answer':
    case 'welcome':
      return writer.raw(frame.signature);
    case 'reject': {
      const text = clipText(frame.reason, REASON_BYTES_MAX);
      return writer.u8(REJECT_CODES.indexOf(frame.code)).u8(text.length).raw(text);
    }
  }
}

/** A frame of the handshake; which one comes next is for its two sides to say. */
export function decodeHandshake(bytes: Uint8Array): Decoded<HandshakeFrame> {
  if (bytes.length > limits.handshakeFrameBytesMax)
    return { ok: false, reason: `${bytes.length} bytes are too many for a handshake` };
  return decode(bytes, readFrame);
}

function readFrame(reader: Reader): HandshakeFrame {
  const version = reader.u8();
  if (reader.u8() !== STATEMENT_CODE.handshake) throw new DecodeError('not a handshake');
  const kind = readName(reader, FRAMES, 'frame of a handshake');
  const expected = kind === 'reject' ? 0 : PROTOCOL_VERSION;
  if (version !== expected && kind !== 'hello')
    throw new DecodeError(`version ${version} where ${expected} is spoken`);
  switch (kind) {
    case 'hello':
      return readHello(reader, version);
    case 'challenge':
      return {
        kind,
        id: readNodeId(reader),
        nonce: reader.hex(NONCE_BYTES),
        epoch: readEpoch(reader),
      };
    case 'answer':
    case 'welcome':
      return { kind, signature: readSignature(reader) };
    case 'reject':
      return { kind, code: readName(reader, REJECT_CODES, 'reject code'), reason: reader.text() };
  }
}

function readHello(reader: Reader, version: number): Hello {
  const clusterId = reader.hex(HASH_BYTES) as ClusterId;
  const role = readName(reader, ROLES, 'role of a link');
  const id = reader.text();
  if (!(role === 'peer' ? isNodeId(id) : CLIENT_ID.test(id)))
    throw new DecodeError(`not the id of a ${role}`);
  const nonce = reader.hex(NONCE_BYTES);
  return { kind: 'hello', version, clusterId, role, id, nonce, epoch: readEpoch(reader) };
}
