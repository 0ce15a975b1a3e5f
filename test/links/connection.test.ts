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
