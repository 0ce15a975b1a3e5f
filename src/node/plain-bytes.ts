/** What Node's libraries give as the bytes that the other rooms know. */
import type { RawData } from 'ws';

/** The data of a WebSocket message as a plain view: a Buffer's `slice` would share memory where a Uint8Array's copies. */
export function plainBytes(data: RawData): Uint8Array {
  const buffer = Array.isArray(data) ? Buffer.concat(data) : data;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer)
    : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
