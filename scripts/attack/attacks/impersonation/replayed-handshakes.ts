/** Handshakes of others, said again: whole, in halves, to another node, back to who said them, and while they last. */
import type { Challenge, Hello } from '../../../../src/consensus/model/handshake.ts';
import type { Epoch, NodeId, Signature } from '../../../../src/consensus/model/ids.ts';
import { nativeDigest, nodeEd25519 } from '../../../../src/node/native-crypto.ts';
import { deriveClientId } from '../../../../src/wire/configuration.ts';
import type { Outside, OutsiderAttack } from '../../attack.ts';
import { Door } from '../../rogue/link-door.ts';
import { again, honestTargets, intrude } from '../../rogue/link-knock.ts';
import type { Target } from '../../rogue/link-knock.ts';
import {
  answerOf,
  expectFrame,
  freshKey,
  freshNonce,
  helloOf,
  isHandshake,
  penOf,
  proofOf,
  say,
} from '../../rogue/link-proof.ts';
import type { Claim, Outcome } from '../../rogue/link-proof.ts';
import { RawLink } from '../../rogue/link.ts';

const REPLAY_EVERY_MS = 100;
/** How long a caller is kept waiting: less than a handshake may take. */
const CALLER_MS = 2_000;
const KEPT = 32;

/** Who dialed the attacker, and what it signed there. */
interface Overheard {
  readonly hello: Hello;
  readonly answer: Signature;
}

/** Says a Hello, and in the place of the Answer whatever there is for the challenge. */
async function shake(
  link: RawLink,
  hello: Hello,
  answer: (challenge: Challenge) => Promise<Signature | null>,
): Promise<Outcome> {
  say(link, hello);
  const challenge = await expectFrame(link, 'challenge', 'hello');
  if ('type' in challenge) return challenge;
  const signature = await answer(challenge);
  if (signature === null) return { type: 'unanswered' };
  say(link, { kind: 'answer', signature });
  const welcome = await expectFrame(link, 'welcome', 'answer');
  return 'type' in welcome ? welcome : { type: 'welcomed' };
}

/** A Hello and an Answer that were good elsewhere, to every node that lets their signer dial. */
async function replay(
  outside: Outside,
  target: Target,
  { hello, answer }: Overheard,
): Promise<void> {
  const isOwn = target.node === hello.id;
  const recorded = `a ${hello.role}'s recorded handshake`;
  const what = isOwn ? 'a handshake said back to its signer' : recorded;
  await intrude(outside, target, what, (link) => shake(link, hello, () => Promise.resolve(answer)));
}

/** While somebody dials the attacker: its Hello to another one, that one's nonce to it, its Answer on. */
async function relay(
  outside: Outside,
  caller: RawLink,
  hello: Hello,
  target: Target,
  named: NodeId,
): Promise<void> {
  const isSelf = target.node === hello.id;
  // To itself it may not say its own name: a lower one then, with the nonce that it will sign.
  const [lowest] = outside.addresses.keys();
  const said = isSelf && lowest !== undefined ? { ...hello, id: lowest } : hello;
  const what = isSelf
    ? "a node's own challenge put to it"
    : `a ${hello.role}'s handshake relayed while it lasts`;
  await intrude(outside, target, what, (link) =>
    shake(link, said, async (challenge) => {
      say(caller, { ...challenge, id: named });
      const answer = await expectFrame(caller, 'answer', 'answer');
      return 'type' in answer ? null : answer.signature;
    }),
  );
}

/** One's own true handshake as a client, word by word again; and the node's half of it as an Answer. */
async function replayOwn(
  outside: Outside,
  claim: Claim,
  target: Target,
  other: Target,
): Promise<void> {
  const hello = helloOf(claim);
  const link = await RawLink.dial(target.address);
  if (link === null) return outside.did('an own handshake: not let in');
  try {
    say(link, hello);
    const challenge = await expectFrame(link, 'challenge', 'hello');
    if ('type' in challenge) return outside.did(`an own handshake: ${challenge.type}`);
    const { signature } = answerOf(hello, challenge, claim.pen);
    say(link, { kind: 'answer', signature });
    const welcome = await expectFrame(link, 'welcome', 'answer');
    if ('type' in welcome) return outside.did(`an own handshake: ${welcome.type}`);
    const same = 'an own handshake, word by word again';
    await intrude(outside, target, same, (next) =>
      shake(next, hello, () => Promise.resolve(signature)),
    );
    await intrude(outside, other, 'an own handshake, at another node', (next) =>
      shake(next, hello, () => Promise.resolve(signature)),
    );
    await intrude(outside, target, "a node's Welcome as an Answer", (next) =>
      shake(next, hello, () => Promise.resolve(welcome.signature)),
    );
  } finally {
    await link.close();
  }
}

class Replays {
  readonly #outside: Outside;
  readonly #place: Target;
  readonly #targets: readonly Target[];
  readonly #overheard: Overheard[] = [];
  #callers = 0;

  constructor(outside: Outside, place: Target) {
    this.#outside = outside;
    this.#place = place;
    this.#targets = honestTargets(outside);
  }

  /** Somebody dials the place that the attacker took: every other one is relayed, the rest recorded. */
  async answer(caller: RawLink): Promise<void> {
    const hello = await expectFrame(caller, 'hello', 'hello');
    if ('type' in hello) return caller.close();
    const target = this.#targets[this.#callers++ % this.#targets.length] as Target;
    // A peer's name is let in by higher ones only.
    if (this.#callers % 2 === 0 && (hello.role === 'client' || target.node >= hello.id))
      await relay(this.#outside, caller, hello, target, this.#place.node);
    else await this.#record(caller, hello);
    caller.listen((frame) => {
      if (!isHandshake(frame))
        this.#outside.broke(`${hello.id} sent data to whom it had no proof of`);
    });
    await caller.end(CALLER_MS);
    await caller.close();
  }

  async #record(caller: RawLink, hello: Hello): Promise<void> {
    const { node } = this.#place;
    const challenge = {
      kind: 'challenge',
      id: node,
      nonce: freshNonce(),
      epoch: hello.epoch,
    } as const;
    say(caller, challenge);
    const answer = await expectFrame(caller, 'answer', 'answer');
    if ('type' in answer) return;
    this.#overheard.push({ hello, answer: answer.signature });
    if (this.#overheard.length > KEPT) this.#overheard.shift();
    // Without the member's key.
    const signature = proofOf('acceptor', hello, challenge, penOf(freshKey().secretKey));
    say(caller, { kind: 'welcome', signature });
  }

  async act(): Promise<void> {
    const outside = this.#outside;
    const { genesis, clientKey, random } = outside;
    const id = deriveClientId(nodeEd25519().publicKey(clientKey), 0 as Epoch, nativeDigest);
    const pen = penOf(clientKey);
    const { clusterId } = genesis;
    const own: Claim = { clusterId, role: 'client', id, epoch: 0 as Epoch, pen };
    await again(outside.stop, REPLAY_EVERY_MS, async () => {
      const target = random.pick(this.#targets);
      if (this.#overheard.length > 0) await replay(outside, target, random.pick(this.#overheard));
      const other = random.pick(this.#targets.filter((one) => one !== target));
      await replayOwn(outside, own, target, other);
    });
  }
}

export const REPLAYED_HANDSHAKES: readonly OutsiderAttack[] = [
  {
    name: 'replayed-handshakes',
    group: 'impersonation',
    tries:
      "from the address of a member that is down: recorded handshakes to other nodes and to their signers, handshakes relayed while they last, and a node's own challenge put back to it",
    holds: 'both ends sign both nonces, both names, the cluster, and which side they are (L1)',
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: true,
    act: async (outside) => {
      const [node] = outside.memberKeys.keys();
      const address = node === undefined ? undefined : outside.addresses.get(node);
      if (node === undefined || address === undefined) throw new Error('nobody is down');
      const replays = new Replays(outside, { node, address });
      const answers: Promise<void>[] = [];
      await using _ = await Door.open(address, (link) => answers.push(replays.answer(link)));
      await replays.act();
      await Promise.all(answers);
    },
  },
];
