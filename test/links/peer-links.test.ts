import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { limits } from '../../src/base/limits.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { Acceptor } from '../../src/crypto/handshake.ts';
import { dialDelayMs } from '../../src/node/dialer.ts';
import { decodeHandshake, encodeHandshake } from '../../src/wire/handshake.ts';
import type { TestNode } from './harness.ts';
import {
  CLIENT,
  CLUSTER,
  HandClock,
  Stage,
  initiator,
  keyOf,
  until,
  verifyWith,
} from './harness.ts';

const [ALPHA, BETA, GAMMA] = ['alpha', 'beta', 'gamma'] as [NodeId, NodeId, NodeId];
const isUp = (node: TestNode, peer: NodeId): boolean =>
  node.links.peers().get(peer)?.connected === true;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Whoever answers at the address of beta. */
async function atBeta(answers: (ws: WebSocket, socket: Socket) => void) {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  server.on('connection', (ws, { socket }) => {
    ws.on('error', () => undefined);
    answers(ws, socket);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    address: { host: '127.0.0.1', port },
    [Symbol.asyncDispose]: async () => {
      // First who dials it, or it is dialed again.
      await stage[Symbol.asyncDispose]();
      server.close();
      http.closeAllConnections();
      http.close();
    },
  };
}

/** Beta's end of a handshake, under the key of `name`. */
function acceptor(name: string): Acceptor {
  return new Acceptor(
    { clusterId: CLUSTER, self: BETA, epoch: 0 as never, nonce: 'cd'.repeat(32) },
    { sign: keyOf(name).sign, verify: verifyWith, keyOf: (_, id) => keyOf(id).publicKey },
  );
}

describe('L2: links between peers', () => {
  it('L2: three nodes hold one link each pair, and frames go both ways', async () => {
    const [beta, gamma, alpha] = [
      await stage.node('beta'),
      await stage.node('gamma'),
      await stage.node('alpha'),
    ];
    const all = [alpha, beta, gamma];
    await until(() => all.every(({ connected }) => connected.length === 2));
    for (const { id, links } of all) {
      for (const peer of links.peers().keys())
        expect(links.sendToPeer(peer, Buffer.from(`${id} to ${peer}`))).toBe(true);
      expect(links.sendToPeer(id, Uint8Array.of(1))).toBe(false);
    }
    await until(() => all.every(({ peerFrames }) => peerFrames.length === 2));
    for (const { id, peerFrames } of all)
      for (const { from, bytes } of peerFrames) {
        expect(Buffer.from(bytes).toString()).toBe(`${from} to ${id}`);
        expect(bytes.constructor).toBe(Uint8Array);
      }
  });

  it('L2: a peer that was away is linked again, whoever of the two went', async () => {
    const alpha = await stage.node('alpha');
    const beta = await stage.node('beta');
    await until(() => isUp(alpha, BETA) && isUp(beta, ALPHA));
    const { address } = beta.links;
    await beta.links.stop();
    await until(() => !isUp(alpha, BETA));
    expect(alpha.links.sendToPeer(BETA, Uint8Array.of(1))).toBe(false);
    expect(alpha.links.peers().get(BETA)?.lastHeardMs).toBeTypeOf('number');
    const again = await stage.node('beta', address);
    await until(() => isUp(alpha, BETA) && isUp(again, ALPHA));
    expect(alpha.connected).toEqual([BETA, BETA]);

    await alpha.links.stop();
    await until(() => !isUp(again, ALPHA));
    const late = await stage.node('alpha');
    await until(() => isUp(late, BETA) && isUp(again, ALPHA));
  });

  it('L2: the newest proven link of a peer takes the place of the older', async () => {
    const beta = await stage.node('beta');
    const asAlpha = { role: 'peer', id: 'alpha' } as const;
    const older = await stage.join(beta, asAlpha);
    const newer = await stage.join(beta, asAlpha);
    expect(await older.closed).toMatchObject({ code: 1006 });
    expect(isUp(beta, ALPHA)).toBe(true);
    beta.links.sendToPeer(ALPHA, Uint8Array.of(4));
    expect(await newer.next()).toEqual(Uint8Array.of(4));
    newer.send(Uint8Array.of(5));
    await until(() => beta.peerFrames.length === 1);
    expect(beta.connected).toEqual([ALPHA, ALPHA]);
  });

  it('L2: who claims to be a peer without proof does not disturb its link', async () => {
    const beta = await stage.node('beta');
    const real = await stage.join(beta, { role: 'peer', id: 'alpha' });
    const liar = await stage.open(beta);
    const side = initiator(beta, { role: 'peer', id: 'alpha' }, 'mallory');
    liar.sendFrame(side.hello);
    const step = side.receive(await liar.nextFrame());
    if (step.type === 'answer') liar.sendFrame(step.frame);
    expect(await liar.rejection()).toMatchObject({ code: 'signature' });
    beta.links.sendToPeer(ALPHA, Uint8Array.of(4));
    expect(await real.next()).toEqual(Uint8Array.of(4));
  });

  it('L2: closing a peer tells it why, and what it sent behind is not heard', async () => {
    const beta = await stage.node('beta');
    const end = await stage.join(beta, { role: 'peer', id: 'alpha' });
    beta.onPeerFrame = (from) => beta.links.closePeer(from, 'invalid signature of a Vote');
    // One write, so that they arrive together.
    end.socket?.cork();
    for (let i = 0; i < 3; i++) end.send(Uint8Array.of(i));
    end.socket?.uncork();
    expect(await end.closed).toEqual({ code: 1008, reason: 'invalid signature of a Vote' });
    await until(() => !isUp(beta, ALPHA));
    expect(beta.peerFrames).toHaveLength(1);
    expect(beta.log.join('\n')).toContain('invalid signature of a Vote');
  });

  it('L1: a dialer gives nothing to an impostor at its peer’s address, and tries again', async () => {
    let calls = 0;
    const received: string[] = [];
    await using beta = await atBeta((ws) => {
      calls++;
      const side = acceptor('mallory');
      ws.on('message', (data: Buffer) => {
        const frame = decodeHandshake(new Uint8Array(data));
        if (!frame.ok) throw new Error(frame.reason);
        received.push(frame.value.kind);
        ws.send(encodeHandshake(side.receive(frame.value).frame));
      });
    });
    stage.knows('beta', beta.address);
    const alpha = await stage.node('alpha');
    await until(() => calls >= 3);
    expect(isUp(alpha, BETA)).toBe(false);
    expect(new Set(received)).toEqual(new Set(['hello', 'answer']));
    const said = alpha.log.filter((line) => line.includes('does not hold its key'));
    expect(said).toHaveLength(1);
  });

  it('L1: what a peer has to say right behind its proof is heard, however much that is', async () => {
    const news = new Uint8Array(8 * limits.handshakeBytesMax).fill(7);
    await using beta = await atBeta((ws, socket) => {
      const side = acceptor('beta');
      ws.on('message', (data: Buffer) => {
        const frame = decodeHandshake(new Uint8Array(data));
        if (!frame.ok) throw new Error(frame.reason);
        const step = side.receive(frame.value);
        // One write, so that they arrive together.
        socket.cork();
        ws.send(encodeHandshake(step.frame));
        if (step.type === 'accepted') ws.send(news);
        socket.uncork();
      });
    });
    stage.knows('beta', beta.address);
    const alpha = await stage.node('alpha');
    await until(() => alpha.peerFrames.length > 0);
    expect(alpha.peerFrames).toEqual([{ from: BETA, bytes: news }]);
    expect(alpha.connected).toEqual([BETA]);
  });

  it('L2: a stranger who talks without end instead of proving anything is cut short', async () => {
    let ended = 0;
    await using beta = await atBeta((_, socket) => {
      // The head of a binary frame of 4 MiB (RFC 6455, 5.2), and as much of it as is taken.
      socket.write(Uint8Array.of(0x82, 127, 0, 0, 0, 0, 0, 0x40, 0, 0));
      const pour = (): void => {
        while (!socket.destroyed && socket.write(new Uint8Array(65_536)));
      };
      socket.on('drain', pour);
      socket.on('close', () => ended++);
      pour();
    });
    stage.knows('beta', beta.address);
    const alpha = await stage.node('alpha');
    await until(() => ended >= 2);
    expect(alpha.peerFrames).toEqual([]);
    expect(alpha.log.join('\n')).toContain('too much before its proof');
  });
});

describe('L2: dialing again', () => {
  it('L2: waits longer for a peer that breaks its links soon, and not for one that kept its', async () => {
    const delays: number[] = [];
    const wait = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      if (ms < limits.closeTimeoutMs && ms > 2) delays.push(ms);
      return wait(run, ms);
    }) as typeof setTimeout);
    const clock = new HandClock();
    // The dialed before the dialers, so that no dial fails.
    await stage.node('gamma');
    const beta = await stage.node('beta');
    const alpha = await stage.node('alpha', undefined, clock);
    const links = (): number => alpha.connected.filter((peer) => peer === BETA).length;
    for (let count = 1; count <= 4; count++) {
      await until(() => links() === count && isUp(beta, ALPHA));
      beta.links.closePeer(ALPHA, 'rubbish');
      await until(() => !isUp(alpha, BETA));
    }
    await until(() => links() === 5 && isUp(beta, ALPHA));
    clock.pass(limits.linkStableMs);
    beta.links.closePeer(ALPHA, 'at last');
    await until(() => links() === 6);
    vi.restoreAllMocks();
    expect(delays).toEqual([0, 1, 2, 3, 0].map((failures) => dialDelayMs(failures, 0)));
  });
});

describe('L2: bounded queues', () => {
  it('L2: a peer that does not read fills its own queue and nobody else’s', async () => {
    const beta = await stage.node('beta');
    const gamma = await stage.node('gamma');
    const deaf = await stage.join(beta, { role: 'peer', id: 'alpha' });
    await until(() => isUp(beta, GAMMA));
    deaf.ws.pause();
    const frame = new Uint8Array(4 * 1024 * 1024);
    let taken = 0;
    while (beta.links.sendToPeer(ALPHA, frame)) {
      expect(++taken).toBeLessThanOrEqual(64);
      await new Promise(setImmediate);
    }
    expect(taken).toBeGreaterThan(8);
    expect(beta.links.sendToPeer(GAMMA, Uint8Array.of(1))).toBe(true);
    await until(() => gamma.peerFrames.length === 1);

    deaf.ws.resume();
    for (let i = 0; i < taken; i++) expect((await deaf.next())?.length).toBe(frame.length);
    await until(() => beta.links.sendToPeer(ALPHA, Uint8Array.of(2)));
    expect(await deaf.next()).toEqual(Uint8Array.of(2));
  });

  it('L2: a client that does not read is bounded, and its other connection serves on', async () => {
    const node = await stage.node('beta');
    const deaf = await stage.join(node);
    deaf.ws.pause();
    const frame = new Uint8Array(1024 * 1024);
    let taken = 0;
    while (node.links.sendToClient(CLIENT, frame) > 0) {
      expect(++taken).toBeLessThanOrEqual(64);
      await new Promise(setImmediate);
    }
    const other = await stage.join(node);
    expect(node.links.sendToClient(CLIENT, Uint8Array.of(3))).toBe(2);
    expect(await other.next()).toEqual(Uint8Array.of(3));
  });

  it('L2: the largest frame goes to a client whose queue is empty', async () => {
    const node = await stage.node('beta');
    const end = await stage.join(node);
    const largest = new Uint8Array(limits.frameBytesMax);
    expect(node.links.sendToClient(CLIENT, largest)).toBe(1);
    // With what frames it, it does not fit twice.
    expect(2 * limits.frameBytesMax).toBe(limits.clientQueueBytesMax);
    expect(node.links.sendToClient(CLIENT, largest)).toBe(0);
    const received = await end.next();
    expect(received?.length).toBe(limits.frameBytesMax);
  });
});

describe('L2: clients', () => {
  it('L2: a client with two connections gets each frame on both, and is gone with the last', async () => {
    const node = await stage.node('beta');
    expect(node.links.isClientConnected(CLIENT)).toBe(false);
    expect(node.links.sendToClient(CLIENT, Uint8Array.of(1))).toBe(0);
    const ends = [await stage.join(node), await stage.join(node)];
    expect(node.links.sendToClient(CLIENT, Uint8Array.of(1))).toBe(2);
    for (const end of ends) expect(await end.next()).toEqual(Uint8Array.of(1));
    ends[0]?.ws.close();
    await until(() => node.links.counts.clients === 1);
    expect(node.disconnectedClients).toBe(0);
    node.links.closeClient(CLIENT, 'a malformed request');
    expect(await ends[1]?.closed).toEqual({ code: 1008, reason: 'a malformed request' });
    await until(() => node.disconnectedClients === 1);
    expect(node.links.isClientConnected(CLIENT)).toBe(false);
  });
});

describe('L2: who is dead is found out', () => {
  it('L2: a peer that answers no ping is given up; one that answers stays', async () => {
    const clock = new HandClock();
    const beta = await stage.node('beta', undefined, clock);
    const alive = await stage.join(beta);
    const dead = await stage.join(beta, { role: 'peer', id: 'alpha' }, false);
    clock.pass(limits.peerPingIntervalMs + limits.peerSilenceMs);
    expect(await dead.closed).toMatchObject({ code: 1006 });
    await until(() => !isUp(beta, ALPHA));
    expect(beta.log.join('\n')).toContain('link to alpha ended: silent');
    expect(alive.ws.readyState).toBe(alive.ws.OPEN);
  });

  it('L2: a node that stood still itself gives nobody up for it', async () => {
    const clock = new HandClock();
    const beta = await stage.node('beta', undefined, clock);
    const end = await stage.join(beta, { role: 'peer', id: 'alpha' });
    const pinged = new Promise((resolve) => end.ws.once('ping', resolve));
    clock.pass(limits.peerPingIntervalMs);
    clock.jump(10 * limits.peerSilenceMs);
    expect(isUp(beta, ALPHA)).toBe(true);
    await pinged;
    end.send(Uint8Array.of(1));
    await until(() => beta.peerFrames.length === 1);
    clock.pass(1_000);
    expect(isUp(beta, ALPHA)).toBe(true);
  });

  it('L2: an end that takes nothing for long is given up, and its queue with it', async () => {
    const clock = new HandClock();
    const beta = await stage.node('beta', undefined, clock);
    const deaf = await stage.join(beta, { role: 'peer', id: 'alpha' });
    deaf.ws.pause();
    while (beta.links.sendToPeer(ALPHA, new Uint8Array(4 * 1024 * 1024)))
      await new Promise(setImmediate);
    for (let passed = 0; passed < limits.linkStuckMs; passed += 1_000) {
      // It goes on talking, so silence is not what gives it away.
      deaf.send(Uint8Array.of(1));
      const heard = beta.peerFrames.length;
      await until(() => beta.peerFrames.length > heard);
      clock.pass(1_000);
    }
    clock.pass(1_000);
    await until(() => !isUp(beta, ALPHA));
    expect(beta.log.join('\n')).toContain('link to alpha ended: takes nothing');
    expect(beta.log.join('\n')).toContain('dropped: its queue is full');
  });

  it('L2: pongs do not fill memory for who pings and does not read', async () => {
    const beta = await stage.node('beta');
    const deaf = await stage.join(beta, { role: 'peer', id: 'alpha' });
    deaf.ws.pause();
    while (beta.links.sendToPeer(ALPHA, new Uint8Array(4 * 1024 * 1024)))
      await new Promise(setImmediate);
    let pongs = 0;
    deaf.ws.on('pong', () => pongs++);
    for (let i = 0; i < 1_000; i++) deaf.ws.ping('x'.repeat(125));
    deaf.send(Uint8Array.of(1));
    await until(() => beta.peerFrames.length === 1);
    deaf.ws.resume();
    while ((await deaf.next())?.length !== 1) beta.links.sendToPeer(ALPHA, Uint8Array.of(9));
    expect(pongs).toBe(0);
  });
});
