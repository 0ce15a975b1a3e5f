/** What is kept of a frame does not keep the frame: a socket's buffer may be megabytes, and a Node `Buffer`. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeClientMessage,
  decodeNodeToClientMessage,
  encodeClientMessage,
  encodeNodeToClientMessage,
} from '../../src/wire/client.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import { decodeEntryRecord, encodeEntryRecord } from '../../src/wire/record.ts';
import { context, entry } from '../arbitraries.ts';
import {
  clientMessages,
  handshakeFrames,
  nodeToClientMessages,
  peerMessages,
} from '../arbitrary-messages.ts';

/** Every byte array inside a value. */
function arraysIn(value: unknown): readonly Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(arraysIn);
}

/** As a socket delivers it: a Buffer that is a view of something larger. */
function fromSocket(frame: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(16), frame, Buffer.alloc(16)]).subarray(16, -16);
}

function expectFree<T>(frame: Buffer, value: T): void {
  for (const array of arraysIn(value)) {
    expect(array.buffer).not.toBe(frame.buffer);
    expect(array).not.toBeInstanceOf(Buffer);
  }
}

test('nothing that a frame decodes to is a view of the frame', () => {
  const peers = fc.oneof(...Object.values(peerMessages)).map(encodePeerMessage);
  const clients = fc.oneof(...Object.values(clientMessages)).map(encodeClientMessage);
  const nodes = fc.oneof(...Object.values(nodeToClientMessages)).map(encodeNodeToClientMessage);
  const shakes = fc.oneof(...Object.values(handshakeFrames)).map(encodeHandshake);
  fc.assert(
    fc.property(peers, clients, nodes, shakes, (...frames) => {
      const [peer, client, node, shake] = frames.map(fromSocket) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ];
      expectFree(peer, decodePeerMessage(peer, context));
      expectFree(client, decodeClientMessage(client, context));
      expectFree(node, decodeNodeToClientMessage(node, context));
      expectFree(shake, decodeHandshake(shake));
    }),
    { numRuns: 100 },
  );
});

test('a payload stays a view of its record, and requests stay views of their payload', () => {
  fc.assert(
    fc.property(entry, (value) => {
      const record = encodeEntryRecord(value);
      const decoded = decodeEntryRecord(record, context);
      if (!decoded.ok) throw new Error(decoded.reason);
      const { payload, content } = decoded.value;
      expect(payload.buffer).toBe(record.buffer);
      const requests = content.kind === 'batch' ? content.requests : [];
      for (const request of requests) {
        expect(request.bytes.buffer).toBe(record.buffer);
        for (const command of request.commands) expect(command.buffer).toBe(record.buffer);
      }
    }),
    { numRuns: 50 },
  );
});
