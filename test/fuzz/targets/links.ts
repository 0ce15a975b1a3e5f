/** Real links on loopback: the bytes of an end that was never a WebSocket, or is one and cheats. */
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { limits } from '../../../src/base/limits.ts';
import type { Epoch, NodeId } from '../../../src/consensus/model/ids.ts';
import { Acceptor, Initiator } from '../../../src/crypto/handshake.ts';
import type { HandshakeDeps } from '../../../src/crypto/handshake.ts';
import { Dialer } from '../../../src/node/dialer.ts';
import { NodeLinks } from '../../../src/node/peer-links.ts';
import { encodeHandshake } from '../../../src/wire/handshake.ts';
import {
  CLIENT,
  CLUSTER,
  CONFIGURATION,
  HandClock,
  keyOf,
  LOOPBACK,
  verifyWith,
} from '../../links/harness.ts';
import {
  acceptOf,
  OPCODE,
  speak,
  SWITCHING,
  Uncaught,
  UPGRADE,
  WAIT,
  WIRE,
  withAccept,
  write,
  wsFrame,
} from '../raw-link.ts';
import { encodeSteps } from '../steps.ts';
import type { Step } from '../steps.ts';
import { Broken } from '../target.ts';
import type { Target, Verdict } from '../target.ts';

const SELF = 'alpha' as NodeId;
const PEER = 'beta' as NodeId;
/** Every nonce is the same, so that a recorded answer is an answer. */
const NONCE = new Uint8Array(32).fill(0x6e);
const NONCE_HEX = '6e'.repeat(32);
const EPOCH = 0 as Epoch;

function depsOf(name: string): HandshakeDeps {
  return {
    sign: keyOf(name).sign,
    verify: verifyWith,
    keyOf: (role, id) => keyOf(role === 'client' ? 'client' : id).publicKey,
  };
}

const quiet = (): void => undefined;

/** What an honest client writes: upgrade, Hello, Answer. */
function clientHandshake(): { readonly hello: Uint8Array; readonly answer: Uint8Array } {
  const acceptor = new Acceptor(
    { clusterId: CLUSTER, self: SELF, epoch: EPOCH, nonce: NONCE_HEX },
    depsOf(SELF),
  );
  const initiator = new Initiator(
    {
      clusterId: CLUSTER,
      role: 'client',
      id: CLIENT,
      acceptor: SELF,
      epoch: EPOCH,
      nonce: '7f'.repeat(32),
    },
    depsOf('client'),
  );
  const step = initiator.receive(acceptor.receive(initiator.hello).frame);
  if (step.type !== 'answer') throw new Error('an honest client answers');
  return { hello: encodeHandshake(initiator.hello), answer: encodeHandshake(step.frame) };
}

/** What an honest peer says that was dialed: Challenge, Welcome. */
function peerHandshake(): { readonly challenge: Uint8Array; readonly welcome: Uint8Array } {
  const acceptor = new Acceptor(
    { clusterId: CLUSTER, self: PEER, epoch: EPOCH, nonce: '8d'.repeat(32) },
    depsOf(PEER),
  );
  const initiator = new Initiator(
    { clusterId: CLUSTER, role: 'peer', id: SELF, acceptor: PEER, epoch: EPOCH, nonce: NONCE_HEX },
    depsOf(SELF),
  );
  const challenge = acceptor.receive(initiator.hello).frame;
  const answer = initiator.receive(challenge);
  if (answer.type !== 'answer') throw new Error('an honest peer answers');
  return {
    challenge: encodeHandshake(challenge),
    welcome: encodeHandshake(acceptor.receive(answer.frame).frame),
  };
}

/** After the proof: data in one piece and in many, control frames in between, everything a WebSocket may say. */
function chatter(isMasked: boolean): readonly (readonly Step[])[] {
  const data = new Uint8Array(300).fill(7);
  const frame = (opcode: number, payload: Uint8Array, isLast = true): Step =>
    write(wsFrame(opcode, payload, { isMasked, isLast }));
  const { more, text, binary, close, ping, pong } = OPCODE;
  return [
    [frame(binary, data)],
    [
      frame(binary, data, false),
      frame(ping, Uint8Array.of(1)),
      frame(more, data, false),
      frame(more, data),
    ],
    [frame(ping, new Uint8Array(125)), frame(pong, new Uint8Array(0)), frame(binary, data)],
    [frame(text, Uint8Array.of(0x61))],
    [frame(close, Uint8Array.of(3, 0xe8)), frame(binary, data)],
    [frame(close, Uint8Array.of(3))],
    [frame(ping, new Uint8Array(126))],
    [frame(3, data)],
    [write(Uint8Array.of(0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))],
    [write(Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x80, 0, 1))],
    [write(Uint8Array.of(0xf2, 0x80, 0, 0, 0, 0))],
    Array.from({ length: 60 }, () => frame(more, Uint8Array.of(1), false)),
    Array.from({ length: 60 }, () => frame(ping, Uint8Array.of(1))),
    [frame(binary, new Uint8Array(0)), frame(binary, new Uint8Array(70_000))],
  ];
}

/** Where a node listens, and what it heard. */
class Listening {
  readonly clock = new HandClock();
  readonly links: NodeLinks;
  readonly uncaught = new Uncaught();
  frames = 0;

  constructor() {
    this.links = new NodeLinks(
      { self: SELF, clusterId: CLUSTER, configuration: CONFIGURATION, listen: LOOPBACK },
      {
        log: quiet,
        clock: this.clock,
        sign: keyOf(SELF).sign,
        verify: verifyWith,
        randomBytes: () => NONCE,
        chance: () => 0,
        // Nobody is there.
        addressOf: () => ({ host: '127.0.0.1', port: 1 }),
      },
    );
  }

  async start(): Promise<this> {
    const heard = (_: string, bytes: Uint8Array): void => {
      this.frames++;
      if (bytes.length > limits.frameBytesMax) throw new Broken('a frame above its bound');
    };
    const free = (): number => 0;
    const ends = {
      peerHeard: free,
      clientHeard: free,
      peerConnected: quiet,
      clientDisconnected: quiet,
    };
    await this.links.start({ peerFrame: heard, clientFrame: heard, ...ends });
    return this;
  }

  async hear(input: Uint8Array): Promise<Verdict> {
    this.frames = 0;
    const socket = connect(this.links.address.port, '127.0.0.1');
    const { read, lingered } = await speak(socket, input);
    // Failed handshakes are forgiven, or the next input would not be let in.
    this.clock.pass(20_000);
    for (let turns = 0; turns < 200 && this.#open > 0; turns++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    this.uncaught.check();
    if (this.#open > 0) throw new Broken(`${this.#open} connections stay after their end`);
    const [status = ''] = read.toString('latin1', 0, 15).split('\r');
    const closed = /\u0088./su.exec(read.toString('latin1'))?.[0].length ?? 0;
    return `${status.slice(0, 12)} ${Math.min(3, this.frames)} frames ${closed} ${Math.min(4, Math.floor(read.length / 120))}${lingered ? ' lingers' : ''}`;
  }

  get #open(): number {
    const { clients, unauthenticated } = this.links.counts;
    return clients + unauthenticated;
  }

  async stop(): Promise<void> {
    await this.links.stop();
    this.uncaught.stop();
  }
}

const HONEST_EVERY = 16;

function acceptedLinks(): Target {
  let listening: Promise<Listening> | null = null;
  let cases = 0;
  const { hello, answer } = clientHandshake();
  const masked = (bytes: Uint8Array): Uint8Array =>
    wsFrame(OPCODE.binary, bytes, { isMasked: true });
  const proof = [write(UPGRADE), WAIT, write(masked(hello)), WAIT, write(masked(answer)), WAIT];
  const honest = encodeSteps([...proof, ...(chatter(true)[0] ?? [])]);
  return {
    name: 'accepted-links',
    takes:
      'the bytes of whoever dials a node: HTTP, WebSocket, handshake, data (`NodeLinks`, native sockets)',
    holds:
      'nothing is thrown, no connection stays, frames are within their bound, and an honest client is served',
    shape: 'steps',
    seeds: () =>
      [
        [write(UPGRADE)],
        [write(latinOf('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))],
        [write(latinOf(`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n`))],
        [write(new Uint8Array(40_000).fill(0x41))],
        [write(UPGRADE, masked(hello), masked(answer))],
        [write(UPGRADE), WAIT, write(masked(answer))],
        [write(UPGRADE), WAIT, write(masked(new Uint8Array(40_000)))],
        [write(UPGRADE), WAIT, write(masked(hello)), { ...WAIT, kind: WIRE.end }],
        [
          write(UPGRADE.subarray(0, 60)),
          WAIT,
          write(UPGRADE.subarray(60)),
          WAIT,
          write(masked(hello)),
        ],
        ...chatter(true).map((steps) => [...proof, ...steps]),
        ...chatter(false).map((steps) => [...proof, ...steps]),
      ].map(encodeSteps),
    mutations: [],
    run: async (input) => {
      listening ??= new Listening().start();
      const node = await listening;
      const verdict = await node.hear(input);
      if (++cases % HONEST_EVERY === 0) {
        await node.hear(honest);
        if (node.frames !== 1) throw new Broken('an honest client is not served');
      }
      return verdict;
    },
    keeps: null,
    allocates: null,
    testCases: 60,
    close: async () => (await listening)?.stop(),
  };
}

function latinOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** Where a peer should be, somebody else listens. */
class Dialed {
  readonly uncaught = new Uncaught();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Called with the first connection that asks for something; those after it are ended. */
  #asked: ((socket: Socket, request: string) => void) | null = null;
  frames = 0;
  up = 0;

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => this.#sockets.delete(socket));
      socket.once('data', (chunk: Buffer) => {
        const asked = this.#asked;
        this.#asked = null;
        if (asked === null) socket.destroy();
        else asked(socket, chunk.toString('latin1'));
      });
    });
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(this)));
  }

  async answer(input: Uint8Array): Promise<Verdict> {
    this.frames = 0;
    this.up = 0;
    const { port } = this.#server.address() as AddressInfo;
    const said: string[] = [];
    const dialer = this.#dialer(port, said);
    const [socket, accept] = await new Promise<readonly [Socket, string]>((resolve) => {
      this.#asked = (from, request) => resolve([from, acceptOf(request)]);
      dialer.start();
    });
    await speak(socket, input, (bytes) => withAccept(bytes, accept));
    for (let i = 0; i < 4; i++) await new Promise((resolve) => void setImmediate(resolve));
    dialer.stop();
    this.uncaught.check();
    return `${said.join(', ').replace(/\d+/gu, '#').slice(0, 80)} up ${this.up} frames ${Math.min(3, this.frames)}`;
  }

  #dialer(port: number, said: string[]): Dialer {
    const dialer: Dialer = new Dialer(
      { peer: PEER, address: () => ({ host: '127.0.0.1', port }) },
      {
        log: (_level, _code, text) => said.push(text),
        nowMs: () => performance.now(),
        chance: () => 0.9,
        handshake: depsOf(SELF),
        initiator: (acceptor) => ({
          clusterId: CLUSTER,
          role: 'peer',
          id: SELF,
          acceptor,
          epoch: EPOCH,
          nonce: NONCE_HEX,
        }),
        authenticated: (connection) => {
          this.up++;
          connection.handlers = {
            frame: () => void this.frames++,
            text: () => connection.close(1008, 'a text frame'),
            closed: () => dialer.stop(),
          };
        },
      },
    );
    return dialer;
  }

  stop(): Promise<void> {
    this.uncaught.stop();
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function dialedLinks(): Target {
  let dialed: Promise<Dialed> | null = null;
  const { challenge, welcome } = peerHandshake();
  const plain = (bytes: Uint8Array): Uint8Array =>
    wsFrame(OPCODE.binary, bytes, { isMasked: false });
  const proof = [
    write(SWITCHING),
    WAIT,
    write(plain(challenge)),
    WAIT,
    write(plain(welcome)),
    WAIT,
  ];
  return {
    name: 'dialed-links',
    takes: 'the bytes of whoever answers where a node dials a peer (`Dialer`, native sockets)',
    holds: 'nothing is thrown, and nobody is a peer without the Welcome of one',
    shape: 'steps',
    seeds: () =>
      [
        [write(SWITCHING)],
        [write(latinOf('HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\n\r\n'))],
        [write(latinOf('HTTP/1.1 101 Switching Protocols\r\n\r\n'))],
        [write(latinOf('SSH-2.0-OpenSSH\r\n'))],
        [write(SWITCHING, plain(challenge), plain(welcome))],
        [write(SWITCHING), WAIT, write(plain(welcome))],
        [write(SWITCHING), WAIT, write(plain(challenge)), WAIT, write(plain(challenge))],
        ...chatter(false).map((steps) => [...proof, ...steps]),
        ...chatter(true).map((steps) => [...proof, ...steps]),
      ].map(encodeSteps),
    mutations: [],
    run: async (input) => {
      dialed ??= new Dialed().listen();
      const rogue = await dialed;
      const verdict = await rogue.answer(input);
      const isWelcome = Buffer.from(input).includes(Buffer.from(welcome.subarray(3)));
      if (rogue.up > 0 && !isWelcome) throw new Broken('a peer without a Welcome');
      return verdict;
    },
    keeps: null,
    allocates: null,
    testCases: 40,
    close: async () => (await dialed)?.stop(),
  };
}

export const LINK_TARGETS: readonly (() => Target)[] = [acceptedLinks, dialedLinks];
