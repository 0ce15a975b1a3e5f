/** As much of HTTP/2 (RFC 9113) and its header compression (RFC 7541) as one end of unary gRPC calls needs. */

export const FRAME = /** @type {const} */ ({
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
});
export const FLAG = /** @type {const} */ ({ ack: 1, endStream: 1, endHeaders: 4 });
export const SETTING = /** @type {const} */ ({ maxStreams: 3 });

const HEADER_BYTES = 9;
/** RFC 9113, 4.2: what every end takes unless told otherwise. */
export const FRAME_BYTES_MAX = 16_384;
export const WINDOW_INITIAL = 65_535;
export const WINDOW_MAX = 2 ** 31 - 1;
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** @typedef {{ type: number, flags: number, stream: number, payload: Buffer }} Frame */

/** @param {number} type @param {number} flags @param {number} stream @param {Uint8Array} payload @returns {Buffer} */
export function encodeFrame(type, flags, stream, payload) {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** @param {number} value @returns {Buffer} */
export function uint32(value) {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** @param {readonly (readonly [id: number, value: number])[]} settings @returns {Buffer} */
export function encodeSettings(settings) {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [at, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return encodeFrame(FRAME.settings, 0, 0, payload);
}

/** @param {Buffer} payload @returns {Map<number, number>} */
export function readSettings(payload) {
  /** @type {Map<number, number>} */
  const settings = new Map();
  for (let at = 0; at + 6 <= payload.length; at += 6)
    settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  return settings;
}

/** Whole frames out of pieces of any size. */
export class FrameReader {
  /** @type {Buffer} */
  #rest = Buffer.alloc(0);

  /** @param {Buffer} chunk @returns {Frame[]} views of what came */
  read(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      frames.push({
        type: bytes[at + 3] ?? 0,
        flags: bytes[at + 4] ?? 0,
        stream: bytes.readUInt32BE(at + 5) & WINDOW_MAX,
        payload: bytes.subarray(at + HEADER_BYTES, end),
      });
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}

/** @param {string} text shorter than 127 bytes @returns {Buffer} not Huffman-coded */
function literal(text) {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/**
 * The headers of one call. The first of a connection puts those that never change into the receiver's dynamic table;
 * all others name them by their place in it, as every gRPC library does.
 *
 * @param {string} path
 * @param {string} authority
 * @returns {{ first: Buffer, next: Buffer }}
 */
export function requestHeaders(path, authority) {
  // Static table: 3 is `:method: POST`, 6 `:scheme: http`, 4 `:path`, 1 `:authority`, 31 `content-type`.
  const start = Buffer.concat([Buffer.of(0x83, 0x86, 0x04), literal(path)]);
  const added = [
    Buffer.of(0x41),
    literal(authority),
    Buffer.of(0x5f),
    literal('application/grpc'),
    Buffer.of(0x40),
    literal('te'),
    literal('trailers'),
  ];
  return {
    first: Buffer.concat([start, ...added]),
    next: Buffer.concat([start, Buffer.of(0xc0, 0xbf, 0xbe)]),
  };
}

/** `grpc-status: 0` without a dynamic table: the name Huffman-coded (8 bytes), the value as it is. */
const STATUS_OK = Buffer.from('889acac8b21234da8f0130', 'hex');

/** Whether trailers say that the call succeeded. The sender was told to keep no dynamic table. @param {Buffer} block */
export function isStatusOk(block) {
  return block.includes(STATUS_OK);
}
