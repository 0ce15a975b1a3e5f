import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Connection } from '../../src/node/connection.ts';

/** The parts of a stream that `Connection` asks to write. */
interface Written {
  batches: number;
  singles: number;
}

function countWrites(socket: Socket): Written {
  const written: Written = { batches: 0, singles: 0 };
  const write = socket._write.bind(socket);
  const writeMany = socket._writev?.bind(socket);
  socket._write = (...args) => {
    written.singles++;
    write(...args);
  };
  socket._writev = (...args) => {
    written.batches++;
    writeMany?.(...args);
  };
  return written;
}

const http = createServer();
const server = new WebSocketServer({ server: http });
let connection: Connection;
let written: Written;
let frames: Uint8Array[];

beforeEach(async () => {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  frames = [];
  server.once('connection', (ws) => ws.on('message', (data: Buffer) => frames.push(data)));
  const socket = connect(port, '127.0.0.1');
  written = countWrites(socket);
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, { createConnection: () => socket });
  const handlers = { frame: () => undefined, text: () => undefined, closed: () => undefined };
  await new Promise((resolve) => ws.once('open', resolve));
  connection = new Connection(ws, socket, handlers, () => 0);
});
afterEach(() => {
  connection.terminate('the test is over');
  http.closeAllConnections();
  http.close();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('L2: writes', () => {
  it('L2: the frames of one turn leave in one write', async () => {
    await turn();
    Object.assign(written, { batches: 0, singles: 0 });
    for (let i = 0; i < 32; i++) expect(connection.send(new Uint8Array(200), 100_000)).toBe(true);
    await turn();
    expect(written).toEqual({ batches: 1, singles: 0 });
    connection.send(new Uint8Array(200), 100_000);
    while (frames.length < 33) await turn();
    expect(connection.queuedBytes).toBe(0);
  });

  it('L2: what is over the bound is dropped and counted, corked or not', async () => {
    expect(connection.send(new Uint8Array(900), 1_000)).toBe(true);
    expect(connection.send(new Uint8Array(900), 1_000)).toBe(false);
    expect(connection.dropped).toBe(1);
    while (frames.length < 1) await turn();
    expect(connection.send(new Uint8Array(900), 1_000)).toBe(true);
    expect(connection.dropped).toBe(1);
  });

  it('a link that is closing takes nothing', () => {
    connection.close(1001, 'stopping');
    expect(connection.send(new Uint8Array(1), 1_000)).toBe(false);
    expect(connection.dropped).toBe(0);
  });
});

describe('L2: what is not finished', () => {
  it('L2: is what came of a frame, and no control frame alone or between its pieces', () => {
    const ws = Object.assign(new EventEmitter(), { readyState: 1, OPEN: 1, bufferedAmount: 0 });
    const socket = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
    const handlers = { frame: () => undefined, text: () => undefined, closed: () => undefined };
    const end = new Connection(
      Object.assign(ws, { pong: () => undefined }) as unknown as WebSocket,
      socket as unknown as Socket,
      handlers,
      () => 0,
    );
    const controls = (): void => {
      socket.bytesRead += 500 * (106 + 13);
      for (let i = 0; i < 500; i++) {
        ws.emit('ping', Buffer.alloc(100));
        ws.emit('pong', Buffer.alloc(7));
      }
    };
    const check = (): number[] => {
      end.check({ pingIntervalMs: 10_000, silenceMs: 30_000 });
      return [end.partialBytes, end.progressBytes];
    };
    controls();
    expect(check()).toEqual([0, 0]);
    socket.bytesRead += 100_000;
    controls();
    expect(check()).toEqual([100_000, 100_000]);
    controls();
    expect(check()).toEqual([100_000, 0]);
    socket.bytesRead += 10;
    ws.emit('message', Buffer.alloc(100_000), true);
    expect(check()).toEqual([0, 10]);
    // In one read with the frame before them: no credit for what comes after.
    socket.bytesRead += 10 + 106;
    ws.emit('message', Buffer.alloc(4), true);
    ws.emit('ping', Buffer.alloc(100));
    socket.bytesRead += 50;
    expect(end.partialBytes).toBe(50);
  });
});
