import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT, Stage, until } from './harness.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage[Symbol.asyncDispose]());

describe('L2: who takes more than its share', () => {
  it.each([
    ['client', {}],
    ['peer', { role: 'peer', id: 'alpha' }],
  ] as const)('L2: a %s is read no further as long as the host says so', async (role, as) => {
    const node = await stage.node('beta');
    const end = await stage.join(node, as);
    const frames = role === 'client' ? node.clientFrames : node.peerFrames;
    node.holdsMs = 1;
    const [count, bytes] = [64, 262_144];
    for (let i = 0; i < count; i++) end.send(new Uint8Array(bytes));
    await until(() => node.bytesHeard > 0);
    await sleep(50);
    // What was read at once is little, and handled; the rest waits in the other end's socket.
    expect(node.bytesHeard).toBeLessThan((count * bytes) / 2);
    node.holdsMs = 0;
    await until(() => frames.length === count);
  });

  it('L2: of who was turned away nothing more is looked at, and little is read', async () => {
    const node = await stage.node('beta');
    const end = await stage.join(node);
    node.links.closeClient(CLIENT, 'a malformed request');
    const before = node.bytesHeard;
    for (let i = 0; i < 64; i++) end.socket?.write(new Uint8Array(262_144));
    await end.closed;
    await until(() => node.disconnectedClients === 1);
    expect(node.bytesHeard).toBe(before);
    expect(node.clientFrames).toEqual([]);
  });

  it('L2: a ping counts like a frame', async () => {
    const node = await stage.node('beta');
    const end = await stage.join(node);
    const before = node.bytesHeard;
    end.ws.ping();
    await until(() => node.bytesHeard - before > 2_000);
  });

  it('L2: bytes of a frame that never ends count, too', async () => {
    const node = await stage.node('beta');
    const end = await stage.join(node);
    // RFC 6455, 5.2: the last fragment, binary, masked, four megabytes long.
    const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0]);
    end.socket?.write(Buffer.concat([header, new Uint8Array(1_000_000)]));
    await until(() => node.bytesHeard >= 1_000_000);
    expect(node.clientFrames).toEqual([]);
  });
});
