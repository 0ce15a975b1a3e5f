/** Floods by those who prove nothing: connections, handshakes that are slow, fail, or never end (L1, L2). */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { limits } from '../../../../src/base/limits.ts';
import type { Epoch } from '../../../../src/consensus/model/ids.ts';
import { encodeHandshake } from '../../../../src/wire/handshake.ts';
import type { OutsiderAttack, Outside } from '../../attack.ts';
import { binaryFrame, Sockets, upgradeRequest } from '../../rogue/flood-sockets.ts';
import type { Knock } from '../../rogue/flood-sockets.ts';
import { crowd, newcomers, paced, rest } from '../../rogue/flood.ts';
import { targetsOf } from '../../rogue/link-knock.ts';
import { fateOf, freshKey, helloOf, introduce, penOf } from '../../rogue/link-proof.ts';
import type { Claim } from '../../rogue/link-proof.ts';
import { ATTACKERS_ADDRESS, RawLink } from '../../rogue/link.ts';

/** Of all nodes together: what one machine opens with ease. */
const CONNECTIONS_PER_SECOND = 400;
const HELD_MAX = 4_000;
/** Enough addresses that no bound of one address matters. */
const CROWD = 250;
const SLOW_BYTE_MS = 250;
const SLOW_AT_ONCE = 200;
const HANDSHAKES_PER_SECOND = 100;
const GIANT_BYTES = limits.frameBytesMax;
const GIANT_PIECE = 65_536;

/** What a stranger says once it is connected, if anything. */
type Greeting = (socket: Socket, address: string, outside: Outside) => void;

/** Who it says it is: a client that exists, with another key. */
function falseClaim({ genesis }: Pick<Outside, 'genesis'>): Claim {
  const [client] = genesis.configuration.clients;
  return {
    clusterId: genesis.clusterId,
    role: 'client',
    id: client?.id ?? '0'.repeat(64),
    epoch: 0 as Epoch,
    pen: penOf(freshKey().secretKey),
  };
}

const GREETINGS: readonly Greeting[] = [
  () => undefined,
  (socket) => void socket.write('GET / HTTP/1.1\r\nHost: node\r\n\r\n'),
  (socket, address) => void socket.write(upgradeRequest(address)),
  (socket, address, outside) => {
    socket.write(upgradeRequest(address));
    // Half open: challenged, and never heard of again.
    socket.write(binaryFrame(encodeHandshake(helloOf(falseClaim(outside)))));
  },
];

/** Opens connections at a rate, from `addresses` in turn, each with a greeting in turn. */
async function connectionFlood(outside: Outside, addresses: readonly string[]): Promise<void> {
  const targets = targetsOf(outside);
  using sockets = new Sockets(HELD_MAX, outside);
  const pace = { perSecond: CONNECTIONS_PER_SECOND, atOnce: 256 };
  const flood = paced(outside.stop, pace, async (number) => {
    const { address } = targets[number % targets.length] as (typeof targets)[number];
    const from = addresses[number % addresses.length] as string;
    const socket = await sockets.open({ address, from });
    const greet = GREETINGS[Math.floor(number / targets.length) % GREETINGS.length] as Greeting;
    if (socket !== null) greet(socket, address, outside);
  });
  await Promise.all([flood, newcomers(outside)]);
  sockets.tell();
}

const BOTH = ['tangaroa', 'raft'] as const;

const oneAddress: OutsiderAttack = {
  name: 'connection-flood',
  group: 'exhaustion',
  tries: `opens ${CONNECTIONS_PER_SECOND} connections a second from one address, and says nothing, or HTTP, or half a handshake`,
  holds:
    'an address has few places before its proof, few failures and one deadline (L2: unauthenticatedPerAddressMax, handshakeFailuresMax, handshakeTimeoutMs)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) => connectionFlood(outside, [ATTACKERS_ADDRESS]),
};

const manyAddresses: OutsiderAttack = {
  name: 'half-open',
  group: 'exhaustion',
  tries: `opens ${CONNECTIONS_PER_SECOND} connections a second from ${CROWD} addresses, and leaves thousands half open`,
  holds:
    'all strangers together have few places, of which the oldest makes room, and may come to nothing so often; some of it is kept for addresses without blame (L2: unauthenticatedMax, strangersForgivenPerSecond, strangersKeptForBlameless)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: (outside) => connectionFlood(outside, crowd(CROWD)),
};

/** Says its bytes one at a time, until it is cut off. */
async function dribble(socket: Socket, bytes: Uint8Array, outside: Outside): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed || outside.stop.aborted) return;
    socket.write(Uint8Array.of(byte));
    outside.did('single bytes said');
    await rest(outside.stop, SLOW_BYTE_MS);
  }
}

async function slowHandshake(sockets: Sockets, knock: Knock, outside: Outside): Promise<void> {
  const socket = await sockets.open(knock);
  if (socket === null) return;
  const upgrade = new TextEncoder().encode(upgradeRequest(knock.address));
  const hello = binaryFrame(encodeHandshake(helloOf(falseClaim(outside))));
  if (sockets.held % 2 === 0) await dribble(socket, upgrade, outside);
  else {
    socket.write(upgrade);
    await dribble(socket, hello, outside);
  }
  const atMs = performance.now();
  while (!socket.destroyed && !outside.stop.aborted) await rest(outside.stop, SLOW_BYTE_MS);
  if (!socket.destroyed) return;
  outside.did('cut off');
  if (performance.now() - atMs > 4 * limits.handshakeTimeoutMs)
    outside.broke('a handshake was waited for far beyond its deadline');
}

const slow: OutsiderAttack = {
  name: 'slow-handshakes',
  group: 'exhaustion',
  tries: 'shakes hands one byte at a time, two hundred at once, from many addresses',
  holds: 'one deadline from the first byte to the Answer (L2: handshakeTimeoutMs)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const targets = targetsOf(outside);
    const addresses = crowd(CROWD);
    using sockets = new Sockets(HELD_MAX, outside);
    const pace = { perSecond: SLOW_AT_ONCE, atOnce: SLOW_AT_ONCE };
    const flood = paced(outside.stop, pace, async (number) => {
      const { address } = targets[number % targets.length] as (typeof targets)[number];
      const from = addresses[number % addresses.length] as string;
      await slowHandshake(sockets, { address, from }, outside);
    });
    await Promise.all([flood, newcomers(outside)]);
  },
};

const failed: OutsiderAttack = {
  name: 'failed-handshakes',
  group: 'exhaustion',
  tries: `fails ${HANDSHAKES_PER_SECOND} handshakes a second from many addresses, each with a signature to be checked`,
  holds:
    'a handshake costs one native verification, no more (L3), and an address that fails too often waits (L2: handshakeFailuresMax)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const targets = targetsOf(outside);
    const addresses = crowd(CROWD);
    const claim = falseClaim(outside);
    const pace = { perSecond: HANDSHAKES_PER_SECOND, atOnce: 128 };
    const flood = paced(outside.stop, pace, async (number) => {
      const { node, address } = targets[number % targets.length] as (typeof targets)[number];
      const from = addresses[number % addresses.length] as string;
      const link = await RawLink.dial(address, { from });
      if (link === null) return outside.did('turned away at the door');
      const outcome = await introduce(link, claim);
      if (outcome.type === 'welcomed') outside.broke(`${node} welcomed a false signature`);
      outside.did(fateOf(outcome));
      await link.close();
    });
    await Promise.all([flood, newcomers(outside)]);
  },
};

/** A frame as large as may be, or one byte larger, where a Hello is due; its bytes until it is cut off. */
async function giant(sockets: Sockets, knock: Knock, outside: Outside): Promise<void> {
  const socket = await sockets.open(knock);
  if (socket === null) return;
  socket.write(upgradeRequest(knock.address));
  const length = GIANT_BYTES + outside.random.between(0, 1);
  const piece = new Uint8Array(randomBytes(GIANT_PIECE));
  socket.write(binaryFrame(piece, length));
  let said = piece.length;
  for (; said < length && !socket.destroyed && !outside.stop.aborted; said += piece.length) {
    socket.write(piece);
    await rest(outside.stop, 10);
  }
  if (!outside.stop.aborted && said >= length)
    outside.broke('a stranger said four megabytes before its proof');
  outside.did('giant frames begun');
  socket.destroy();
}

const giants: OutsiderAttack = {
  name: 'early-giants',
  group: 'exhaustion',
  tries: 'begins frames of four megabytes, and one byte more, before it has proven anything',
  holds: 'before its proof an end may send little, whatever it announces (L2: handshakeBytesMax)',
  by: 'outsider',
  protocols: BOTH,
  hasMembers: false,
  act: async (outside) => {
    const targets = targetsOf(outside);
    using sockets = new Sockets(HELD_MAX, outside);
    const addresses = crowd(CROWD);
    const pace = { perSecond: 50, atOnce: 50 };
    const flood = paced(outside.stop, pace, (number) => {
      const { address } = targets[number % targets.length] as (typeof targets)[number];
      const from = addresses[number % addresses.length] as string;
      return giant(sockets, { address, from }, outside);
    });
    await Promise.all([flood, newcomers(outside)]);
  },
};

export const STRANGERS: readonly OutsiderAttack[] = [
  oneAddress,
  manyAddresses,
  slow,
  failed,
  giants,
];
