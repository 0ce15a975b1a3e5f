/** Half a handshake, and then what only a proven end may say. */
import { utf8 } from '../../../../src/base/bytes.ts';
import type { Epoch } from '../../../../src/consensus/model/ids.ts';
import type { OutsiderAttack } from '../../attack.ts';
import { again, honestTargets, intrude } from '../../rogue/link-knock.ts';
import { answerOf, expectFrame, freshKey, helloOf, penOf, say } from '../../rogue/link-proof.ts';
import type { Claim, Outcome } from '../../rogue/link-proof.ts';
import type { RawLink } from '../../rogue/link.ts';
import { peerFrames } from './peer-frames.ts';

const TRY_EVERY_MS = 60;

interface Half {
  readonly what: string;
  readonly shake: (link: RawLink, claim: Claim, frames: readonly Uint8Array[]) => Promise<Outcome>;
}

function pour(link: RawLink, frames: readonly Uint8Array[]): void {
  for (const frame of frames) link.send(frame);
}

/** How the node ends it; being welcomed, or told anything, would be the leak. */
async function verdict(link: RawLink): Promise<Outcome> {
  const welcome = await expectFrame(link, 'welcome', 'answer');
  return 'type' in welcome ? welcome : { type: 'welcomed' };
}

/** Up to the challenge, then `then` in place of the answer. */
function afterChallenge(
  then: (link: RawLink, answer: () => void, frames: readonly Uint8Array[]) => void,
): Half['shake'] {
  return async (link, claim, frames) => {
    const hello = helloOf(claim);
    say(link, hello);
    const challenge = await expectFrame(link, 'challenge', 'hello');
    if ('type' in challenge) return challenge;
    then(link, () => say(link, answerOf(hello, challenge, claim.pen)), frames);
    return verdict(link);
  };
}

const HALVES: readonly Half[] = [
  {
    what: 'data before the Hello',
    shake: (link, _, frames) => {
      pour(link, frames);
      return verdict(link);
    },
  },
  {
    what: 'data right behind the Hello',
    shake: async (link, claim, frames) => {
      say(link, helloOf(claim));
      pour(link, frames);
      const challenge = await expectFrame(link, 'challenge', 'hello');
      return 'type' in challenge ? challenge : verdict(link);
    },
  },
  {
    what: 'data in place of the Answer',
    shake: afterChallenge((link, _, frames) => pour(link, frames)),
  },
  {
    what: 'data right behind a wrong Answer',
    shake: afterChallenge((link, answer, frames) => {
      // One write, so that all of it is there when the Answer is judged.
      link.socket.cork();
      answer();
      pour(link, frames);
      link.socket.uncork();
    }),
  },
  {
    what: 'a second Hello',
    shake: async (link, claim) => {
      say(link, helloOf(claim));
      say(link, helloOf(claim));
      const challenge = await expectFrame(link, 'challenge', 'hello');
      return 'type' in challenge ? challenge : verdict(link);
    },
  },
  {
    what: 'a text frame',
    shake: (link) => {
      link.sendText('{"fetch":"everything"}');
      return verdict(link);
    },
  },
  {
    what: 'bytes that are no frame',
    shake: (link) => {
      link.socket.write(utf8('GET /log HTTP/1.1\r\n\r\n'));
      return verdict(link);
    },
  },
];

export const EARLY: readonly OutsiderAttack[] = [
  {
    name: 'early-frames',
    group: 'leaky-follower',
    tries:
      'half a handshake, or a wrong one, and FetchEntries and AppendEntries before, within and right behind it',
    holds:
      'no frame but the next of the handshake is read before the proof, and none behind a wrong one (L1, L2)',
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: false,
    act: async (outside) => {
      // The lowest id: every other node lets it dial.
      const [self] = [...outside.addresses.keys()].sort();
      if (self === undefined) return;
      const { secretKey } = freshKey();
      const { clusterId } = outside.genesis;
      const claim: Claim = {
        clusterId,
        role: 'peer',
        id: self,
        epoch: 0 as Epoch,
        pen: penOf(secretKey),
      };
      const frames = peerFrames(outside, self, secretKey).map(({ frame }) => frame);
      const targets = honestTargets(outside).filter(({ node }) => node > self);
      let at = 0;
      await again(outside.stop, TRY_EVERY_MS, async () => {
        const half = HALVES[at % HALVES.length];
        const target = targets[at++ % targets.length];
        if (half === undefined || target === undefined) return;
        await intrude(outside, target, half.what, (link) => half.shake(link, claim, frames));
      });
    },
  },
];
