/**
 * One gRPC connection for unary calls (gRPC over HTTP/2, "Protocol"). Node's own HTTP/2 costs more CPU per call than
 * the system that is measured with it; this costs about as much as the project's own client, so that neither side is
 * charged for its load generator.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  encodeFrame,
  encodeSettings,
  FLAG,
  FRAME,
  FRAME_BYTES_MAX,
  FrameReader,
  isStatusOk,
  PREFACE,
  readSettings,
  requestHeaders,
  SETTING,
  uint32,
  WINDOW_INITIAL,
  WINDOW_MAX,
} from './http2-frames.mjs';

/** @typedef {import('./http2-frames.mjs').Frame} Frame */
/** @typedef {{ resolve: (message: Uint8Array) => void, reject: (error: Error) => void, chunks: Buffer[] }} Call */

const PREFIX_BYTES = 5;
/** SETTINGS_HEADER_TABLE_SIZE, _ENABLE_PUSH, _INITIAL_WINDOW_SIZE */
const SETTINGS = /** @type {const} */ ([
  [1, 0],
  [2, 0],
  [4, WINDOW_MAX],
]);
/** The connection's own window is filled again when so much of it was used. */
const REFILL_BYTES = 2 ** 24;

/** @param {readonly Uint8Array[]} parts @returns {Buffer} length-prefixed, not compressed */
function messageOf(parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (PREFIX_BYTES + length > FRAME_BYTES_MAX)
    throw new RangeError(`a call of ${length} bytes does not fit a frame`);
  return Buffer.concat([Buffer.of(0), uint32(length), ...parts]);
}

export class Channel {
  #socket;
  #authority;
  #reader = new FrameReader();
  /** @type {Map<number, Call>} */
  #calls = new Map();
  /** @type {{ path: string, body: Buffer, call: Call }[]} those that no window or stream is free for */
  #waiting = [];
  /** @type {Buffer[]} written together, when what runs now has ended */
  #outbox = [];
  /** @type {Map<string, ReturnType<typeof requestHeaders>>} */
  #headers = new Map();
  #nextStream = 1;
  #streamsMax = WINDOW_MAX;
  #window = WINDOW_INITIAL;
  #used = 0;
  /** @type {Error | null} */
  #ended = null;
  /** @type {() => void} */
  #isReady = () => undefined;
  /** Resolves when the other end has told its limits: before that it might refuse calls; or when all is over. */
  ready = new Promise((/** @type {(value: void) => void} */ resolve) => (this.#isReady = resolve));

  /** @param {import('node:net').Socket} socket connected @param {string} authority */
  constructor(socket, authority) {
    this.#socket = socket;
    this.#authority = authority;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error(`${authority} closed the connection`)));
    const room = uint32(WINDOW_MAX - WINDOW_INITIAL);
    this.#write(PREFACE, encodeSettings(SETTINGS), encodeFrame(FRAME.windowUpdate, 0, 0, room));
  }

  /** @param {string} path @param {readonly Uint8Array[]} parts of the message @returns {Promise<Uint8Array>} the answer */
  call(path, parts) {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended);
      this.#waiting.push({ path, body: messageOf(parts), call: { resolve, reject, chunks: [] } });
      return this.#sendWaiting();
    });
  }

  #sendWaiting() {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const { path, body, call } = next;
      if (body.length > this.#window || this.#calls.size >= this.#streamsMax) return;
      this.#waiting.shift();
      this.#window -= body.length;
      const stream = this.#nextStream;
      this.#nextStream += 2;
      this.#calls.set(stream, call);
      this.#write(
        encodeFrame(FRAME.headers, FLAG.endHeaders, stream, this.#headersOf(path, stream)),
        encodeFrame(FRAME.data, FLAG.endStream, stream, body),
      );
    }
  }

  /** @param {string} path @param {number} stream */
  #headersOf(path, stream) {
    const known = this.#headers.get(path) ?? requestHeaders(path, this.#authority);
    this.#headers.set(path, known);
    return stream === 1 ? known.first : known.next;
  }

  /** @param {readonly Buffer[]} frames */
  #write(...frames) {
    if (this.#outbox.push(...frames) > frames.length) return;
    setImmediate(() => {
      this.#socket.write(Buffer.concat(this.#outbox));
      this.#outbox = [];
    });
  }

  /** @param {Buffer} chunk */
  #received(chunk) {
    for (const frame of this.#reader.read(chunk)) this.#handle(frame);
    if (this.#used < REFILL_BYTES) return;
    this.#write(encodeFrame(FRAME.windowUpdate, 0, 0, uint32(this.#used)));
    this.#used = 0;
  }

  /** @param {Frame} frame */
  #handle({ type, flags, stream, payload }) {
    const call = this.#calls.get(stream);
    switch (type) {
      case FRAME.data:
        this.#used += payload.length;
        call?.chunks.push(payload);
        return;
      case FRAME.headers:
        if (call !== undefined && (flags & FLAG.endStream) !== 0)
          this.#finish(stream, call, payload);
        return;
      case FRAME.reset:
        call?.reject(new Error(`${this.#authority} gave up a call (${payload.toString('hex')})`));
        this.#calls.delete(stream);
        return this.#sendWaiting();
      case FRAME.settings:
        return this.#configured(flags, payload);
      case FRAME.ping:
        if ((flags & FLAG.ack) === 0) this.#write(encodeFrame(FRAME.ping, FLAG.ack, 0, payload));
        return;
      case FRAME.windowUpdate:
        if (stream === 0) this.#window += payload.readUInt32BE(0) & WINDOW_MAX;
        return this.#sendWaiting();
      case FRAME.goAway:
        return this.#end(new Error(`${this.#authority} ends the connection`));
      default:
    }
  }

  /** @param {number} stream @param {Call} call @param {Buffer} trailers */
  #finish(stream, { resolve, reject, chunks }, trailers) {
    this.#calls.delete(stream);
    const answer = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
    if (isStatusOk(trailers) && answer.length >= PREFIX_BYTES)
      resolve(answer.subarray(PREFIX_BYTES));
    else reject(new Error(`${this.#authority} refused a call (${trailers.toString('hex')})`));
    this.#sendWaiting();
  }

  /** @param {number} flags @param {Buffer} payload */
  #configured(flags, payload) {
    if ((flags & FLAG.ack) !== 0) return;
    this.#streamsMax = readSettings(payload).get(SETTING.maxStreams) ?? this.#streamsMax;
    this.#write(encodeFrame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
    this.#isReady();
  }

  /** @param {Error} error */
  #end(error) {
    this.#ended ??= error;
    this.#socket.destroy();
    for (const { reject } of this.#calls.values()) reject(this.#ended);
    for (const { call } of this.#waiting) call.reject(this.#ended);
    this.#calls.clear();
    this.#waiting = [];
    this.#isReady();
  }

  close() {
    this.#end(new Error('closed'));
  }
}

/** @param {string} url `http://host:port` @returns {Promise<Channel>} connected */
export async function openChannel(url) {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const channel = new Channel(socket, host);
  await channel.ready;
  return channel;
}
