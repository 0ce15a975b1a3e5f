/** What a proven client sends that is no request at all: frames too large, in pieces, or of rubbish; false signatures. */
import { randomBytes } from 'node:crypto';
import { limits } from '../../../../src/base/limits.ts';
import { concatBytes, toHex, utf8 } from '../../../../src/base/bytes.ts';
import { STATEMENT_CODE } from '../../../../src/consensus/model/statement.ts';
import { encodeCommand } from '../../../../src/machine/command.ts';
import type { OutsiderAttack, Outside } from '../../attack.ts';
import { Mallory } from '../../rogue/flood-client.ts';
import { Links } from '../../rogue/flood-links.ts';
import { cofactoredPen } from '../../rogue/flood-signature.ts';
import { binaryFrame } from '../../rogue/flood-sockets.ts';
import { newcomers, paced } from '../../rogue/flood.ts';
import { honestTargets } from '../../rogue/link-knock.ts';
import { penOf } from '../../rogue/link-proof.ts';
import type { Pen } from '../../rogue/link-proof.ts';
import type { RawLink } from '../../rogue/link.ts';
import { hostileEncodings } from './encodings.ts';

const BOTH = ['tangaroa', 'raft'] as const;

/** To each node. 4 MiB each are 32 MiB a second, as a quarter of a gigabit. */
const GIANTS_PER_SECOND = 8;
const PINGS_PER_SECOND = 2_000;
const FRAGMENTS = 4_096;
const ODDITIES_PER_SECOND = 50;
const HANDSHAKES_PER_SECOND = 100;
const BEGUN_PER_SECOND = 32;
const LEFT_OPEN_MS = 1_000;

/** On one link to each node, `perSecond` times: what `act` says, which may cost it the link. */
async function toEach(
  outside: Outside,
  perSecond: number,
  act: (link: RawLink, mallory: Mallory, number: number) => void,
): Promise<void> {
  const mallory = new Mallory(outside);
  await using links = new Links(honestTargets(outside), (to) => mallory.link(to), outside);
  const pace = { perSecond, atOnce: 16 };
  const flood = paced(outside.stop, pace, async (number) => {
    for (const link of await links.all()) act(link, mallory, number);
  });
  await Promise.all([flood, newcomers(outside)]);
}

const giants: OutsiderAttack = {
  name: 'giant-frames',
  group: 'exhaustion',
  tries: `sends every node ${GIANTS_PER_SECOND} frames a second of four megabytes, and now and then of one byte more`,
  holds:
    'a frame beyond the limit is not read, one of a client beyond that of a request is not decoded (frameBytesMax, requestBytesMax), and who sends more than others is read later (L2: clientWorkPercent)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const bytes = new Uint8Array(randomBytes(limits.frameBytesMax + 1));
    await toEach(outside, GIANTS_PER_SECOND, (link, _, number) => {
      const isOver = number % 8 === 7;
      // What the line does not take is not made more.
      if (link.socket.writableLength > limits.frameBytesMax) return;
      link.send(isOver ? bytes : bytes.subarray(1));
      outside.did(isOver ? 'frames of a byte too much' : 'frames of four megabytes');
    });
  },
};

/** RFC 6455, 5.2: operation codes with the bit of the last fragment. */
const PING = 0x89;
const FIRST_FRAGMENT = 0x02;
const NEXT_FRAGMENT = 0x00;

/** A control frame, or a fragment, of as many bytes as a control frame may have. */
function rawFrame(code: number, bytes: Uint8Array): Uint8Array {
  const frame = binaryFrame(bytes);
  frame[0] = code;
  return frame;
}

const control: OutsiderAttack = {
  name: 'pings-and-pieces',
  group: 'exhaustion',
  tries: `sends every node ${PINGS_PER_SECOND} pings a second without reading the pongs, then one frame in ${FRAGMENTS} pieces`,
  holds:
    'pings are answered while little is queued (pongQueueBytesMax), a key’s frames, pings too, are read at a rate (framesPerSecond), and a frame comes in few fragments (ws: maxFragments)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) => {
    const payload = new Uint8Array(125);
    const pings = concatBytes(...Array.from({ length: 100 }, () => rawFrame(PING, payload)));
    const pieces = concatBytes(
      rawFrame(FIRST_FRAGMENT, payload),
      ...Array.from({ length: FRAGMENTS }, () => rawFrame(NEXT_FRAGMENT, payload)),
    );
    return toEach(outside, PINGS_PER_SECOND / 100, (link, _, number) => {
      link.socket.pause();
      const isPieces = number % 40 === 39;
      if (isPieces) link.socket.resume();
      link.socket.write(isPieces ? pieces : pings);
      outside.did(isPieces ? 'frames in thousands of pieces' : 'pings', isPieces ? 1 : 100);
    });
  },
};

/** All but the end of the largest frame, over every connection that a client may have. */
const unfinished: OutsiderAttack = {
  name: 'unfinished-frames',
  group: 'exhaustion',
  tries:
    'begins a frame of four megabytes on every connection that it may have, and never ends one',
  holds:
    'bytes count before their frame is whole (L2: clientWorkPercent), half frames of all clients are bounded together, and the slowest connection gives way (partialBytesMax)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const mallory = new Mallory(outside);
    const targets = honestTargets(outside);
    const links: RawLink[] = [];
    const half = binaryFrame(new Uint8Array(limits.frameBytesMax - 1), limits.frameBytesMax);
    const pace = { perSecond: BEGUN_PER_SECOND, atOnce: 16 };
    const flood = paced(outside.stop, pace, async (number) => {
      if (number >= targets.length * limits.connectionsPerClientMax) return;
      const link = await mallory.link(targets[number % targets.length] as (typeof targets)[number]);
      if (link === null) return;
      links.push(link);
      link.socket.write(half);
      outside.did('frames begun');
    });
    await Promise.all([flood, newcomers(outside)]);
    outside.did('connections cut off', links.filter(({ ended }) => ended !== null).length);
    // Without a goodbye, which would end the frame.
    for (const { socket } of links) socket.destroy();
  },
};

const encodings: OutsiderAttack = {
  name: 'hostile-encodings',
  group: 'exhaustion',
  tries:
    'sends frames that announce endless lists, the longest lists that fit, and garbage under every kind',
  holds:
    'nothing is allocated for a count, every list has a bound, and a malformed frame costs its link, of which a key opens few a second (L2: linksOpenedPerSecond)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) => {
    const kinds = [STATEMENT_CODE['client-request'], STATEMENT_CODE.read];
    const hostile = hostileEncodings(kinds, new Mallory(outside).identity.client.id);
    return toEach(outside, ODDITIES_PER_SECOND, (link) => {
      const { what, frame } = outside.random.pick(hostile);
      link.send(frame);
      outside.did(what);
    });
  },
};

/** A signature with one bit changed. */
function falsePen(pen: Pen): Pen {
  return (message) => {
    const signature = Uint8Array.from(pen(message));
    signature[40] = (signature[40] as number) ^ 1;
    return signature;
  };
}

const signatures: OutsiderAttack = {
  name: 'client-signatures',
  group: 'exhaustion',
  tries:
    'sends requests and reads with false signatures, and with such that native libraries refuse and noble accepts, and comes again each time',
  holds:
    'what a client signs itself is never asked of noble (L3), the first that fails costs the connection (L2), and a drain checks so many (drainClientSignaturesMax)',
  by: 'outsider',
  protocols: ['tangaroa'],
  hasMembers: false,
  act: (outside) => {
    const { clientKey } = outside;
    const pens = {
      'signatures that only noble accepts': cofactoredPen(clientKey),
      'false signatures': falsePen(penOf(clientKey)),
    };
    const voices = Object.entries(pens).map(([what, pen]) => {
      return { what, identity: new Mallory(outside, pen).identity };
    });
    return toEach(outside, ODDITIES_PER_SECOND, (link, _, number) => {
      const { what, identity } = outside.random.pick(voices);
      const key = utf8(`mallory/${number % 100}`);
      const get = encodeCommand({ type: 'get', key });
      const isRead = outside.random.chance(1, 2);
      link.send(
        isRead
          ? identity.read(toHex(new Uint8Array(randomBytes(16))), get)
          : identity.request(BigInt(1 + (number % 200)), 0n, [get]).frame,
      );
      outside.did(what);
    });
  },
};

const comings: OutsiderAttack = {
  name: 'reconnects',
  group: 'exhaustion',
  tries: `proves itself ${HANDSHAKES_PER_SECOND} times a second, and never leaves by itself`,
  holds:
    'a key has few connections, of which the newest stay, and opens few a second (L2: connectionsPerClientMax, linksOpenedPerSecond)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const mallory = new Mallory(outside);
    const targets = honestTargets(outside);
    const links = new Set<RawLink>();
    const pace = { perSecond: HANDSHAKES_PER_SECOND, atOnce: 128 };
    const flood = paced(outside.stop, pace, async (number) => {
      const target = targets[number % targets.length] as (typeof targets)[number];
      const link = await mallory.link(target);
      if (link === null) return;
      links.add(link);
      outside.did('links proven');
      await link.end(LEFT_OPEN_MS);
      links.delete(link);
      if (link.ended === null) await link.close();
    });
    await Promise.all([flood, newcomers(outside)]);
    await Promise.all([...links].map((link) => link.close()));
  },
};

export const PROVEN: readonly OutsiderAttack[] = [
  giants,
  control,
  unfinished,
  encodings,
  signatures,
  comings,
];
