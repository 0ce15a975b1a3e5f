/** A stranger at the address of a member that is down: whoever dials it talks to him. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { Hello } from '../../../../src/consensus/model/handshake.ts';
import type { Outside, OutsiderAttack, Witness } from '../../attack.ts';
import { Door } from '../../rogue/link-door.ts';
import {
  expectFrame,
  freshKey,
  freshNonce,
  isHandshake,
  penOf,
  proofOf,
  say,
} from '../../rogue/link-proof.ts';
import type { Pen } from '../../rogue/link-proof.ts';
import type { RawLink } from '../../rogue/link.ts';

/** How long who was not convinced may take to hang up. */
const HANG_UP_MS = 2_000;

interface Guise {
  readonly what: string;
  readonly greet: (link: RawLink, hello: Hello, place: Place) => Promise<void>;
}

interface Place {
  readonly id: NodeId;
  /** Not the member's. */
  readonly pen: Pen;
}

function challengeOf(id: NodeId, { epoch }: Hello) {
  return { kind: 'challenge', id, nonce: freshNonce(), epoch } as const;
}

const GUISES: readonly Guise[] = [
  {
    what: 'a Welcome under another key',
    greet: async (link, hello, { id, pen }) => {
      const challenge = challengeOf(id, hello);
      say(link, challenge);
      await expectFrame(link, 'answer', 'answer');
      say(link, { kind: 'welcome', signature: proofOf('acceptor', hello, challenge, pen) });
    },
  },
  {
    what: "the caller's own signature as a Welcome",
    greet: async (link, hello, { id }) => {
      say(link, challengeOf(id, hello));
      const answer = await expectFrame(link, 'answer', 'answer');
      if (!('type' in answer)) say(link, { kind: 'welcome', signature: answer.signature });
    },
  },
  {
    what: 'a Challenge of nobody',
    greet: (link, hello) => {
      say(link, challengeOf('nobody' as NodeId, hello));
      return Promise.resolve();
    },
  },
  {
    what: 'a Challenge of another epoch',
    greet: (link, hello, { id }) => {
      say(link, { ...challengeOf(id, hello), epoch: (hello.epoch + 1) as Hello['epoch'] });
      return Promise.resolve();
    },
  },
  {
    what: 'a Reject that is not so',
    greet: (link, { role }) => {
      const code = role === 'client' ? 'unknown-id' : 'cluster';
      say(link, { kind: 'reject', code, reason: 'you are nobody here' });
      return Promise.resolve();
    },
  },
  {
    what: 'no proof at all',
    greet: (link, hello, { id, pen }) => {
      const challenge = challengeOf(id, hello);
      say(link, { kind: 'welcome', signature: proofOf('acceptor', hello, challenge, pen) });
      return Promise.resolve();
    },
  },
];

async function squat(outside: Witness, link: RawLink, guise: Guise, place: Place): Promise<void> {
  const hello = await expectFrame(link, 'hello', 'hello');
  if ('type' in hello) return;
  await guise.greet(link, hello, place);
  link.listen((frame) => {
    if (!isHandshake(frame))
      outside.broke(
        `a ${hello.role} sent data (kind ${frame[1]}) to whom it was shown ${guise.what} by`,
      );
  });
  const ended = await link.end(HANG_UP_MS);
  const fate = ended === null ? 'waits for more' : 'hung up';
  outside.did(`${guise.what}: the ${hello.role} ${fate}`);
  await link.close();
}

async function act(outside: Outside): Promise<void> {
  const [id] = outside.memberKeys.keys();
  const address = id === undefined ? undefined : outside.addresses.get(id);
  if (id === undefined || address === undefined) throw new Error('nobody is down');
  const place = { id, pen: penOf(freshKey().secretKey) };
  const under: Promise<void>[] = [];
  let at = 0;
  await using _ = await Door.open(address, (link) => {
    const guise = GUISES[at++ % GUISES.length];
    if (guise !== undefined) under.push(squat(outside, link, guise, place));
  });
  await sleep(3_600_000, undefined, { signal: outside.stop, ref: false }).catch(() => undefined);
  await Promise.all(under);
}

export const SQUATTER: readonly OutsiderAttack[] = [
  {
    name: 'squatter',
    group: 'leaky-follower',
    tries:
      'a stranger listens at the address of a member that is down, and answers who dials it as that member',
    holds: 'who dials demands the proof of whom it dialed, and says nothing before (L1)',
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: true,
    act,
  },
];
