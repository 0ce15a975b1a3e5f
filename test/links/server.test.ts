import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { limits } from '../../src/base/limits.ts';
import type { ClusterId, Epoch, NodeId } from '../../src/consensus/model/ids.ts';
import { listenError } from '../../src/node/address.ts';
import { LinkServer } from '../../src/node/server.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import type { Dialable } from './harness.ts';
import {
  CLIENT,
  CLUSTER,
  HandClock,
  LOOPBACK,
  Stage,
  initiator,
  keyOf,
  sha256,
  until,
  verifyWith,
} from './harness.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  vi.useRealTimers();
  await stage[Symbol.asyncDispose]();
});

describe('L1: one port turns strangers away', () => {
  it.each<[string, Parameters<typeof initiator>[1], string]>([
    ['another cluster', { clusterId: sha256('other') as ClusterId }, 'cluster'],
    ['an unknown client', { id: sha256('stranger') }, 'unknown-id'],
    ['an unknown node', { role: 'peer', id: 'mallory' }, 'unknown-id'],
    ['a higher node that dials', { role: 'peer', id: 'gamma' }, 'direction'],
  ])('L1: %s gets a Reject and no challenge', async (_, options, code) => {
    const node = await stage.node('beta');
    const end = await stage.open(node);
    end.sendFrame(initiator(node, options).hello);
    expect(await end.rejection()).toMatchObject({ code });
    expect((await end.closed).reason).toContain(code);
    expect(node.connected).toEqual([]);
  });

  it('L1: a client’s key in a node’s place', async () => {
    const node = await stage.node('beta');
    const end = await stage.open(node);
    const side = initiator(node, { role: 'peer', id: 'alpha' }, 'client');
    end.sendFrame(side.hello);
    const step = side.receive(await end.nextFrame());
    if (step.type === 'answer') end.sendFrame(step.frame);
    expect(await end.rejection()).toMatchObject({ code: 'signature' });
    expect(node.links.peers().get('alpha' as NodeId)?.connected).toBe(false);
  });

  it('L1: an Answer that was good on another link, and one for a made-up nonce', async () => {
    const node = await stage.node('beta');
    const first = await stage.open(node);
    const side = initiator(node);
    first.sendFrame(side.hello);
    const challenge = await first.nextFrame();
    const step = side.receive(challenge);
    if (step.type !== 'answer') throw new Error('no answer');
    first.sendFrame(step.frame);
    expect(await first.nextFrame()).toMatchObject({ kind: 'welcome' });

    const second = await stage.open(node);
    second.sendFrame(side.hello);
    expect(await second.nextFrame()).not.toEqual(challenge);
    second.sendFrame(step.frame);
    expect(await second.rejection()).toMatchObject({ code: 'signature' });

    const third = await stage.open(node);
    const guesser = initiator(node);
    third.sendFrame(guesser.hello);
    await third.nextFrame();
    if (challenge.kind !== 'challenge') throw new Error('no challenge');
    const guess = guesser.receive({ ...challenge, nonce: 'ab'.repeat(32) });
    if (guess.type === 'answer') third.sendFrame(guess.frame);
    expect(await third.rejection()).toMatchObject({ code: 'signature' });
  });

  it.each<[string, string | Uint8Array]>([
    ['text', '{"hello":"node"}'],
    ['nothing', new Uint8Array(0)],
    ['rubbish', Uint8Array.of(9, 9, 9)],
    ['a frame over the bound', new Uint8Array(limits.handshakeFrameBytesMax + 1)],
    ['data before the handshake', new Uint8Array(500)],
  ])('L1: %s in a handshake is malformed', async (_, data) => {
    const node = await stage.node('beta');
    const end = await stage.open(node);
    end.ws.send(data);
    expect(await end.rejection()).toMatchObject({ code: 'malformed' });
    expect(node.clientFrames).toEqual([]);
  });

  it('L1: what one sends before its proof is bounded, however the frame announces itself', async () => {
    const node = await stage.node('beta');
    const end = await stage.open(node);
    // The announced frame is allowed later, and never completed: only raw bytes can give it away.
    end.ws.send(new Uint8Array(100_000), { fin: false });
    expect(await end.rejection()).toMatchObject({ code: 'malformed' });
  });

  it('L1: a frame above the largest size ends a proven link before it is read', async () => {
    const node = await stage.node('beta');
    const end = await stage.join(node);
    end.send(new Uint8Array(limits.frameBytesMax + 1));
    expect((await end.closed).code).toBe(1009);
    await until(() => node.disconnectedClients === 1);
    expect(node.clientFrames).toEqual([]);
  });

  it('L1: a text frame ends a proven link', async () => {
    const node = await stage.node('beta');
    const end = await stage.join(node);
    end.ws.send('put a 1');
    expect(await end.closed).toMatchObject({ code: 1008 });
    expect(node.clientFrames).toEqual([]);
  });

  it('L1: who is slow with its handshake is told so and cut off', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const node = await stage.node('beta');
    const end = await stage.open(node);
    end.sendFrame(initiator(node).hello);
    await end.nextFrame();
    // Neither who says nothing nor who has begun to ask for a WebSocket.
    const cut = ['', 'GET / HTTP/1.1\r\nHost: x\r\n'].map((text) => speak(node, text));
    while (node.links.counts.unauthenticated < 3) await new Promise(setImmediate);
    vi.advanceTimersByTime(limits.handshakeTimeoutMs);
    vi.useRealTimers();
    expect(await end.rejection()).toMatchObject({ code: 'timeout' });
    await Promise.all(cut);
    await until(() => node.links.counts.unauthenticated === 0);
  });

  it('L1: a browser that asks for a page learns what is spoken here', async () => {
    const node = await stage.node('beta');
    const response = await fetch(`http://127.0.0.1:${node.links.address.port}/`);
    expect(response.status).toBe(426);
    expect(await response.text()).toBe('');
  });

  it('L1: random frames open nothing, and the door stays open for who has a key', async () => {
    const node = await stage.node('beta');
    const hello = encodeHandshake(initiator(node).hello);
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .record({ at: fc.nat({ max: hello.length - 1 }), byte: fc.nat({ max: 255 }) })
        .map(({ at, byte }) => hello.with(at, byte)),
      fc
        .uint8Array({ minLength: 64, maxLength: 64 })
        .map((signature) => encodeHandshake({ kind: 'answer', signature })),
    );
    await fc.assert(
      // Fewer than the failures that one address may make at once.
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 4 }), async (frames) => {
        const end = await stage.open(node);
        for (const bytes of frames) end.send(bytes);
        end.ws.close();
        for (let bytes = await end.next(); bytes !== null; bytes = await end.next())
          expect(decodeHandshake(bytes)).not.toMatchObject({ value: { kind: 'welcome' } });
      }),
      { numRuns: 50 },
    );
    expect(node.links.isClientConnected(CLIENT)).toBe(false);
    const honest = await stage.join(node);
    honest.send(Uint8Array.of(1));
    await until(() => node.clientFrames.length === 1);
  });
});

describe('L2: places', () => {
  it('L2: strangers who sit on every place of their address lose the oldest to the next', async () => {
    const node = await stage.node('beta');
    const sitters = [];
    for (let i = 0; i < limits.unauthenticatedPerAddressMax; i++)
      sitters.push(await stage.open(node));
    await stage.join(node);
    expect(await (sitters[0] as (typeof sitters)[0]).closed).toMatchObject({ code: 1006 });
    expect(node.links.counts.clients).toBe(1);
  });

  it('L2: a client’s newest connection takes the place of its oldest', async () => {
    const node = await stage.node('beta');
    const oldest = await stage.join(node);
    for (let i = 1; i < limits.connectionsPerClientMax; i++) await stage.join(node);
    expect(node.links.counts.clients).toBe(limits.connectionsPerClientMax);
    const newest = await stage.join(node);
    await oldest.closed;
    expect(node.links.counts.clients).toBe(limits.connectionsPerClientMax);
    expect(node.links.sendToClient(CLIENT, Uint8Array.of(7))).toBe(limits.connectionsPerClientMax);
    expect(await newest.next()).toEqual(Uint8Array.of(7));
    expect(node.disconnectedClients).toBe(0);
  });

  it('L2: an address that keeps lying waits', async () => {
    // Its time stands still, and so it forgives nothing.
    const node = await stage.node('beta', undefined, new HandClock());
    await stage.join(node, { role: 'peer', id: 'alpha' });
    for (let i = 0; i < limits.handshakeFailuresMax; i++) {
      const end = await stage.open(node);
      end.send(Uint8Array.of(1));
      await end.closed;
    }
    await expect(stage.open(node)).rejects.toThrow(/socket hang up|ECONNRESET/u);
  });
});

/** A socket that says `text` and nothing more; resolves when the node cuts it off. */
async function speak(node: Dialable, text: string): Promise<void> {
  const socket = connect(node.links.address.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(text);
  await closed;
}

describe('L2: an address that lies, and others behind it', () => {
  it.each([
    ['no HTTP', 'put a 1\r\n\r\n'],
    ['HTTP that asks for a page', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'an upgrade that is none',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
    ],
  ])('L2: who speaks %s without end waits as well', async (_, text) => {
    const node = await stage.node('beta', undefined, new HandClock());
    const clients = await stage.join(node);
    // A peer of this address is linked: nobody is missed.
    await stage.join(node, { role: 'peer', id: 'alpha' });
    for (let i = 0; i < limits.handshakeFailuresMax; i++) await speak(node, text);
    await expect(stage.open(node)).rejects.toThrow(/socket hang up|ECONNRESET/u);
    clients.send(Uint8Array.of(1));
    await until(() => node.clientFrames.length === 1);
  });

  it('L2: keeps no peer out that is missed, for it may be who comes', async () => {
    const node = await stage.node('beta', undefined, new HandClock());
    for (let i = 0; i < limits.handshakeFailuresMax + 5; i++) await speak(node, 'x\r\n\r\n');
    const alpha = await stage.join(node, { role: 'peer', id: 'alpha' });
    await expect(stage.open(node)).rejects.toThrow(/socket hang up|ECONNRESET/u);
    alpha.ws.terminate();
    await until(() => node.links.peers().get('alpha' as NodeId)?.connected === false);
    await stage.join(node, { role: 'peer', id: 'alpha' });
  });

  it('L2: has so many tries for that peer in a second, and no more', async () => {
    const clock = new HandClock();
    const node = await stage.node('beta', undefined, clock);
    const { handshakeFailuresMax, expectedTriesPerSecond } = limits;
    for (let i = 0; i < handshakeFailuresMax + expectedTriesPerSecond; i++)
      await speak(node, 'x\r\n\r\n');
    await expect(stage.open(node)).rejects.toThrow(/socket hang up|ECONNRESET/u);
    clock.pass(1_000);
    await stage.join(node, { role: 'peer', id: 'alpha' });
  });

  it('L2: is refused in the log now and then, not once for each refusal', async () => {
    const clock = new HandClock();
    const node = await stage.node('beta', undefined, clock);
    const rejected = (): number =>
      node.log.filter((line) => line.includes('handshake-rejected')).length;
    const lie = async (): Promise<void> => {
      const end = await stage.open(node);
      end.send(Uint8Array.of(1));
      await end.closed;
    };
    for (let i = 0; i < 30; i++) await lie();
    expect(rejected()).toBe(16);
    clock.pass(1_000);
    await lie();
    expect(rejected()).toBe(17);
  });
});

describe('L2: who has a key', () => {
  it('L2: opens so many links and no more, until time has passed', async () => {
    const clock = new HandClock();
    const node = await stage.node('beta', undefined, clock);
    for (let i = 0; i < limits.linksOpenedMax; i++) (await stage.join(node)).ws.terminate();
    await expect(stage.join(node)).rejects.toThrow('too-many-connections: links are opened too');
    clock.pass(1_000);
    await stage.join(node);
  });

  it('L2: is told so when it opens too many, and its address answers for a flood of them only', async () => {
    // Its time stands still, and so it forgives nothing.
    const node = await stage.node('beta', undefined, new HandClock());
    // Nobody is missed.
    await stage.join(node, { role: 'peer', id: 'alpha' });
    const { linksOpenedMax, linksRefusedPerSecond, handshakeFailuresMax } = limits;
    for (let i = 0; i < linksOpenedMax; i++) (await stage.join(node)).ws.terminate();
    const tooOften = 'too-many-connections: links are opened too often';
    for (let i = 0; i < linksRefusedPerSecond; i++)
      await expect(stage.join(node)).rejects.toThrow(tooOften);
    for (let i = 0; i < handshakeFailuresMax; i++)
      await expect(stage.join(node)).rejects.toThrow(tooOften);
    await expect(stage.open(node)).rejects.toThrow(/socket hang up|ECONNRESET/u);
  });

  it('L2: is read so many frames a second, pings among them, and nobody else is late for it', async () => {
    const clock = new HandClock();
    const node = await stage.node('beta', undefined, clock);
    const flood = await stage.join(node, {}, false);
    const peer = await stage.join(node, { role: 'peer', id: 'alpha' });
    const more = 20_000;
    for (let i = 0; i < limits.framesPerSecond / 2; i++) flood.ws.ping();
    for (let i = 0; i < limits.framesPerSecond / 2 + more; i++) flood.send(Uint8Array.of(1));
    await until(() => node.clientFrames.length >= limits.framesPerSecond / 2);
    for (let i = 0; i < 20; i++) {
      peer.send(Uint8Array.of(2));
      await until(() => node.peerFrames.length > i);
    }
    // What one read brought is handled whole.
    const read = node.clientFrames.length;
    expect(read).toBeLessThan(limits.framesPerSecond / 2 + more);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(node.clientFrames.length).toBe(read);
    expect(node.links.isClientConnected(CLIENT)).toBe(true);
  });
});

describe('L2: a node that is full', () => {
  it('L2: tells a proven client so, and keeps its place for peers', async () => {
    const proven: string[] = [];
    const server = new LinkServer({
      log: () => undefined,
      nowMs: () => 0,
      handshake: {
        sign: keyOf('beta').sign,
        verify: verifyWith,
        keyOf: (role, id) => keyOf(role === 'client' ? 'client' : id).publicKey,
      },
      acceptor: () => ({
        clusterId: CLUSTER,
        self: 'beta' as NodeId,
        epoch: 0 as Epoch,
        nonce: 'ab'.repeat(32),
      }),
      expects: () => false,
      refusal: (role) => (role === 'client' ? { type: 'full', reason: 'try another node' } : null),
      authenticated: (_, role, id) => proven.push(`${role} ${id}`),
    });
    await server.listen(LOOPBACK);
    const node = { id: 'beta' as NodeId, links: server };
    // However often: who is behind one address with many others is told, and keeps nobody out.
    for (let i = 0; i < limits.handshakeFailuresMax + 1; i++)
      await expect(stage.join(node)).rejects.toThrow('too-many-connections: try another node');
    await stage.join(node, { role: 'peer', id: 'alpha' });
    expect(proven).toEqual(['peer alpha']);
    server.close();
  });
});

describe('where a node cannot listen', () => {
  it('a port that is taken', async () => {
    const { port } = (await stage.node('alpha')).links.address;
    const second = stage.node('beta', { host: '127.0.0.1', port });
    await expect(second).rejects.toMatchObject({
      name: 'ListenError',
      code: 'address-in-use',
      message: `127.0.0.1:${port} is taken by another process`,
    });
  });

  it('an address of another machine', async () => {
    const elsewhere = stage.node('beta', { host: '192.0.2.1', port: 0 });
    await expect(elsewhere).rejects.toMatchObject({ code: 'address-not-available' });
  });

  it.each([
    ['EACCES', 'permission-denied'],
    ['ENOTFOUND', 'address-not-available'],
    ['EIO', 'listen-failed'],
  ])('what the system calls %s', (code, ours) => {
    const error = listenError('host:80', Object.assign(new Error('x'), { code }));
    expect(error).toMatchObject({ code: ours, address: 'host:80' });
  });
});
