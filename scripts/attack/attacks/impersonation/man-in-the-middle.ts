/** Somebody on the path to a member who has no key at all: he reads everything, and changes what he likes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import { STATEMENT_CODE } from '../../../../src/consensus/model/statement.ts';
import { createDataDirectory } from '../../../../src/node/data-directory.ts';
import { nativeDigest } from '../../../../src/node/native-crypto.ts';
import type { RunningNode } from '../../../../src/node/node.ts';
import { startNode } from '../../../../src/node/node.ts';
import { decodePeerMessage } from '../../../../src/wire/peer.ts';
import { namingOf } from '../../../../src/wire/protocol.ts';
import type { Outside, OutsiderAttack } from '../../attack.ts';
import { again } from '../../rogue/link-knock.ts';
import { freshKey, isHandshake, penOf } from '../../rogue/link-proof.ts';
import { Tap } from '../../rogue/link-tap.ts';
import type { Direction, Passage } from '../../rogue/link-tap.ts';
import { Tape } from '../../rogue/link-tape.ts';
import type { Scene } from './lies.ts';
import { LIES } from './lies.ts';
import { forgedForward } from './raft-lies.ts';

/** Each costs a link, which is up again a moment later. */
const TRICK_EVERY_MS = 150;
/** The member behind is started anew, and hears frames of its former life. */
const RESTART_AFTER_MS = 2_000;
const HOLD_MS = 300;

/** What is done to the next frame that passes in a direction. */
type Trick = 'flip a bit' | 'cut' | 'drop' | 'double' | 'hold back';
const TRICKS: readonly Trick[] = ['flip a bit', 'cut', 'drop', 'double', 'hold back'];

/** Says something of the attacker's own over open links, and tells what; null where it knew nothing to say. */
type Insertion = (passages: readonly Passage[]) => string | null;

class Middle {
  readonly #outside: Outside;
  readonly #tape = new Tape();
  readonly #waiting = new Map<Direction, Trick>();
  readonly #insert: Insertion;
  readonly #scene: Scene;
  #forged = 0;

  constructor(outside: Outside, self: NodeId) {
    const { genesis, protocol, random } = outside;
    const naming = namingOf(protocol, nativeDigest);
    const context = { clusterId: genesis.clusterId, digest: nativeDigest, naming };
    this.#outside = outside;
    // Not the member's key: the attacker has none.
    const pen = penOf(freshKey().secretKey);
    this.#scene = { genesis, context, self, pen, tape: this.#tape, random };
    this.#insert =
      protocol === 'raft' ? (all) => this.#forge(all) : (all) => this.#lie(random.pick(all));
  }

  /** Every frame, as it passes. */
  pass(passage: Passage, direction: Direction, frame: Uint8Array): readonly Uint8Array[] {
    if (passage.peer === null) return [frame];
    this.#watch(direction === 'to' ? passage.peer : this.#scene.self, frame);
    if (!isHandshake(frame)) this.#tape.record(passage.peer, frame);
    const trick = this.#waiting.get(direction);
    if (trick === undefined) return [frame];
    this.#waiting.delete(direction);
    this.#outside.did(isHandshake(frame) ? `${trick}, of a handshake` : trick);
    return this.#play(trick, { passage, direction, frame });
  }

  /** One thing more: to a frame that will pass, or inserted between two. */
  act(passages: readonly Passage[]): void {
    const { random } = this.#outside;
    const passage = passages.length === 0 ? null : random.pick(passages);
    if (passage === null) return;
    switch (random.below(4)) {
      case 0:
        return void this.#waiting.set(random.pick(['to', 'back']), random.pick(TRICKS));
      case 1:
        return this.#replay(passage);
      default: {
        const what = this.#insert(passages);
        if (what !== null) this.#outside.did(what);
      }
    }
  }

  /** What passed on any link, in any direction, perhaps before the member was started anew. */
  #replay(passage: Passage): void {
    const { random } = this.#outside;
    const taped = this.#tape.draw(random);
    if (taped === null) return;
    passage.say(random.pick(['to', 'back']), taped.frame);
    this.#outside.did(taped.from === passage.peer ? 'an old frame' : "another link's frame");
  }

  #lie({ peer, say }: Passage): string | null {
    const { random } = this.#outside;
    const direction = random.pick<Direction>(['to', 'back']);
    const { what, make } = random.pick(LIES);
    const frame = make(this.#scene, direction === 'to' ? this.#scene.self : (peer as NodeId));
    if (frame === null) return null;
    say(direction, frame);
    return what;
  }

  /** Plain Raft, where nobody signs: the leader orders what comes over a link, and it is one of these ends. */
  #forge(passages: readonly Passage[]): string {
    const frame = forgedForward(this.#scene, this.#forged++);
    for (const { say } of passages) {
      say('to', frame);
      say('back', frame);
    }
    return "a client's request, forged";
  }

  #play(
    trick: Trick,
    { passage, direction, frame }: { passage: Passage; direction: Direction; frame: Uint8Array },
  ): readonly Uint8Array[] {
    const { random } = this.#outside;
    switch (trick) {
      case 'flip a bit': {
        const flipped = new Uint8Array(frame);
        const at = random.below(frame.length);
        flipped[at] = (frame[at] as number) ^ (1 << random.below(8));
        return [flipped];
      }
      case 'cut':
        return [frame.slice(0, random.below(frame.length))];
      case 'drop':
        return [];
      case 'double':
        return [frame, frame];
      case 'hold back':
        setTimeout(() => passage.say(direction, frame), HOLD_MS);
        return [];
    }
  }

  /** All members are honest here, whatever is done to what they say: nobody may be convicted or called rogue. */
  #watch(speaker: NodeId, frame: Uint8Array): void {
    const isOfInterest =
      frame[1] === STATEMENT_CODE.evidence || frame[1] === STATEMENT_CODE.suspect;
    if (!isOfInterest || this.#outside.protocol !== 'tangaroa') return;
    const decoded = decodePeerMessage(frame, this.#scene.context);
    if (!decoded.ok) return;
    const message = decoded.value;
    if (message.kind === 'evidence')
      this.#outside.broke(`${speaker} told evidence against ${message.body.culprit}`);
    if (message.kind === 'suspect' && message.signed.statement.reason === 'rogue')
      this.#outside.broke(`${speaker} called an honest leader rogue`);
  }
}

/** The member itself runs, honest, behind the attacker, on a port that nobody knows. */
async function act(outside: Outside): Promise<void> {
  const { genesis, addresses, memberKeys, stop } = outside;
  const [stolen] = memberKeys;
  if (stolen === undefined) throw new Error('no member runs behind the attacker');
  const [name, secretKey] = stolen;
  const root = await mkdtemp(path.join(tmpdir(), 'tangaroa-middle-'));
  const directory = path.join(root, name);
  await createDataDirectory(directory, { genesis, name, secretKey });
  const start = (): Promise<RunningNode> =>
    startNode({ directory, listen: '127.0.0.1:0' }, { log: () => undefined });
  let node = await start();
  try {
    const middle = new Middle(outside, name);
    await using tap = await Tap.open(addresses.get(name) as string, {
      node: () => node.address,
      pass: (passage, direction, frame) => middle.pass(passage, direction, frame),
    });
    const restartAtMs = performance.now() + RESTART_AFTER_MS;
    let isRestarted = false;
    await again(stop, TRICK_EVERY_MS, async () => {
      if (!isRestarted && performance.now() >= restartAtMs) {
        isRestarted = true;
        await node.stop();
        node = await start();
        outside.did('started the member anew');
      }
      middle.act(tap.passages);
    });
    // Plain Raft stops where two leaders of one term are seen.
    const { state } = node.status();
    if (state !== 'running') outside.broke(`${name}, which is honest, is ${state}`);
  } finally {
    await node.stop();
    await rm(root, { recursive: true, force: true });
  }
}

export const MAN_IN_THE_MIDDLE: readonly OutsiderAttack[] = [
  {
    name: 'man-in-the-middle',
    group: 'impersonation',
    tries:
      'somebody on the path to a member flips, cuts, drops, doubles, delays and inserts frames, and says old ones again after it was started anew; he has no key',
    holds:
      'every message proves itself (M1): what was changed closes a link that is dialed again (L2), and convicts nobody (V1)',
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: true,
    act,
  },
];
