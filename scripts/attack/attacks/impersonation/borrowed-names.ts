/** A member's key, and over its links everything that is signed wrongly: others' names, terms, kinds, epochs, clusters. */
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../../src/consensus/model/message.ts';
import { nativeDigest } from '../../../../src/node/native-crypto.ts';
import type { WireContext } from '../../../../src/wire/context.ts';
import { decodePeerMessage } from '../../../../src/wire/peer.ts';
import { namingOf } from '../../../../src/wire/protocol.ts';
import type { Outside, OutsiderAttack } from '../../attack.ts';
import { holdPlace } from '../../rogue/link-place.ts';
import type { Held } from '../../rogue/link-place.ts';
import { penOf } from '../../rogue/link-proof.ts';
import { Tape } from '../../rogue/link-tape.ts';
import { LIES } from './lies.ts';
import type { Lie, LieKind, Scene } from './lies.ts';
import { raftLies } from './raft-lies.ts';

/** Between two lies over one link; and how long a node may take to close it. */
const LIE_EVERY_MS = 150;
const CLOSE_MS = 400;
const SURELY_CLOSED_MS = 5_000;

/** What makes the next lie; null while too little was heard. */
type Liar = (from: NodeId) => Lie | null;

/** All kinds in turn, so that none is left out. */
function tangaroaLiar(scene: Scene): Liar {
  let at = 0;
  return (to) => {
    for (let tried = 0; tried < LIES.length; tried++) {
      const { what, make, closes = false } = LIES[at++ % LIES.length] as LieKind;
      const frame = make(scene, to);
      if (frame !== null) return { what, closes, frame };
    }
    return null;
  };
}

/** Believing a lie would show: nobody honest resigns here, is a rogue, or contradicts itself. */
function watch(outside: Outside, { peer }: Held, message: PeerMessage): void {
  if (message.kind === 'evidence' && !outside.memberKeys.has(message.body.culprit))
    outside.broke(`${peer} told evidence against ${message.body.culprit}, which is honest`);
  if (message.kind !== 'suspect') return;
  const { reason } = message.signed.statement;
  if (reason === 'rogue' || reason === 'resigned')
    outside.broke(`${peer} suspects an honest leader: ${reason}`);
}

async function lie(outside: Outside, { link, peer }: Held, one: Lie): Promise<void> {
  const { what, frame, closes } = one;
  link.send(frame);
  const ended = await link.end(closes ? SURELY_CLOSED_MS : CLOSE_MS);
  if (ended === null && closes && !outside.stop.aborted)
    outside.broke(`${peer} keeps a link open over which came ${what}`);
  outside.did(`${what}: ${ended === null ? 'not heeded' : 'link closed'}`);
}

/** One captured member: each honest node in turn is lied to, over the link that it dials itself. */
async function speakAs(outside: Outside, self: NodeId, key: Uint8Array): Promise<void> {
  const { genesis, protocol, stop, random } = outside;
  const context: WireContext = {
    clusterId: genesis.clusterId,
    digest: nativeDigest,
    naming: namingOf(protocol, nativeDigest),
  };
  const tape = new Tape();
  const scene: Scene = { genesis, context, self, pen: penOf(key), tape, random };
  const liar = protocol === 'raft' ? raftLies(scene) : tangaroaLiar(scene);
  await holdPlace(outside, { id: self, pen: scene.pen }, async (held) => {
    const { link, peer } = held;
    if (outside.memberKeys.has(peer)) return;
    link.listen((frame) => {
      tape.record(peer, frame);
      if (protocol !== 'tangaroa') return;
      const decoded = decodePeerMessage(frame, context);
      if (decoded.ok) watch(outside, held, decoded.value);
    });
    while (!stop.aborted && link.ended === null) {
      const next = liar(peer);
      if (next !== null) await lie(outside, held, next);
      await link.end(LIE_EVERY_MS);
    }
  });
}

export const BORROWED_NAMES: readonly OutsiderAttack[] = [
  {
    name: 'borrowed-names',
    group: 'impersonation',
    tries:
      "over a member's links: others' names under its own key, old signatures under other names, terms and kinds, statements of another epoch and cluster, forged evidence",
    holds:
      'a signature covers cluster, kind, signer and every field of the statement (M1), and who passes on an invalid one loses its link (L2)',
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: true,
    act: async (outside) => {
      const { memberKeys } = outside;
      await Promise.all([...memberKeys].map(([id, key]) => speakAs(outside, id, key)));
    },
  },
];
