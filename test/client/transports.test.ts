/** The two transports carry frames both ways and say why they end. */
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { browserDeps } from '../../src/client/browser.ts';
import type { Connection, ConnectionEvents, Transport } from '../../src/client/ports.ts';
import { webSocketTransport } from '../../src/client/websocket.ts';
import type { WebSocketConstructor } from '../../src/client/websocket.ts';
import { nodeClientDeps, nodeTransport } from '../../src/node/client-transport.ts';

const servers: WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
});

/** A server on loopback that does with each connection what it is told. */
async function serve(greet: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  server.on('connection', greet);
  await new Promise((resolve) => server.once('listening', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What happens on one connection, in order, until it is closed. */
function record(transport: Transport, address: string, then: (connection: Connection) => void) {
  const heard: string[] = [];
  const closed = new Promise<readonly string[]>((resolve) => {
    const events: ConnectionEvents = {
      opened: () => {
        heard.push('opened');
        then(connection);
      },
      received: (frame) => {
        expect(frame.constructor).toBe(Uint8Array);
        heard.push(`received ${frame.join(',')}`);
        connection.close();
      },
      closed: (reason) => {
        heard.push(`closed: ${reason}`);
        resolve(heard);
      },
    };
    const connection: Connection = transport(address, events);
  });
  return closed;
}

const transports: [string, Transport][] = [
  ['node', nodeTransport],
  ['browser', webSocketTransport(WebSocket as unknown as WebSocketConstructor)],
];

describe.each(transports)('the transport of a %s', (name, transport) => {
  test('carries binary frames both ways', async () => {
    const address = await serve((socket) =>
      socket.on('message', (data: Buffer) => socket.send(data.map((byte) => byte + 1))),
    );
    const heard = await record(transport, address, (connection) => {
      connection.send(Uint8Array.of(1, 2, 3));
      expect(connection.bufferedBytes).toBeTypeOf('number');
    });
    expect(heard.slice(0, 2)).toEqual(['opened', 'received 2,3,4']);
    expect(heard).toHaveLength(3);
  });

  test('ends where a text frame comes', async () => {
    const address = await serve((socket) => socket.send('text'));
    const heard = await record(transport, address, () => undefined);
    expect(heard[0]).toBe('opened');
    expect(heard.at(-1)).toMatch(/^closed: /u);
    expect(heard).toHaveLength(2);
  });

  test('says why the other end closed', async () => {
    const address = await serve((socket) => socket.close(1008, 'go away'));
    const heard = await record(transport, address, () => undefined);
    expect(heard.at(-1)).toBe('closed: go away');
  });

  test('says that nobody listens', async () => {
    const address = await serve(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    const heard = await record(transport, address, () => undefined);
    const why = name === 'node' ? 'connection refused' : 'cannot be reached, or the line broke';
    expect(heard).toEqual([`closed: ${why}`]);
  });

  test('may be closed while it connects, and takes nothing afterwards', async () => {
    const address = await serve(() => undefined);
    await new Promise<void>((resolve) => {
      const connection = transport(address, {
        opened: () => expect.fail('it opened'),
        received: () => expect.fail('it received'),
        closed: () => resolve(),
      });
      connection.close();
      connection.send(Uint8Array.of(1));
    });
  });
});

test('the ports of Node and of a browser give clock, chance and bundling', async () => {
  const globals = {
    WebSocket: WebSocket as unknown as WebSocketConstructor,
    crypto: globalThis.crypto,
    performance,
    Date,
    queueMicrotask,
    setInterval,
    clearInterval,
  };
  for (const { clock, randomBytes, digest } of [nodeClientDeps(), browserDeps(globals)]) {
    expect(randomBytes(32)).toHaveLength(32);
    expect(randomBytes(32)).not.toEqual(randomBytes(32));
    expect(digest(new Uint8Array())).toMatch(/^e3b0c442/u);
    expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(10_000);
    let turns = 0;
    await new Promise<void>((resolve) => {
      const stop = clock.every(1, () => {
        turns++;
        stop();
        clock.defer(resolve);
        expect(turns).toBe(1);
      });
    });
  }
});
