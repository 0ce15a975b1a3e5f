/** Frames that are right in all but one thing, which their signature does not cover, or covers otherwise. */
import type { Random } from '../../../../src/base/random.ts';
import { utf8 } from '../../../../src/base/bytes.ts';
import type {
  ClusterId,
  Epoch,
  NodeId,
  Sequence,
  Term,
} from '../../../../src/consensus/model/ids.ts';
import type { AppendEntries, PeerMessage } from '../../../../src/consensus/model/message.ts';
import type { NodeStatement, Signed } from '../../../../src/consensus/model/statement.ts';
import { STATEMENT_CODE, signingBytes } from '../../../../src/consensus/model/statement.ts';
import { encodeBody } from '../../../../src/wire/body.ts';
import type { WireContext } from '../../../../src/wire/context.ts';
import type { Genesis } from '../../../../src/wire/genesis.ts';
import { decodePeerMessage, encodePeerMessage } from '../../../../src/wire/peer.ts';
import type { Pen } from '../../rogue/link-proof.ts';
import type { Tape } from '../../rogue/link-tape.ts';

/** The captured member, its key, and what was heard over its links. */
export interface Scene {
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly self: NodeId;
  readonly pen: Pen;
  readonly tape: Tape;
  readonly random: Random;
}

export interface LieKind {
  readonly what: string;
  /** For an honest node; null while too little was heard. */
  readonly make: (scene: Scene, to: NodeId) => Uint8Array | null;
  /** L2: whoever reads it closes the link, whatever it waits for; of a signature that could matter to nobody, M6 may save the check. */
  readonly closes?: true;
}

export interface Lie {
  readonly what: string;
  /** L2: the link has to be closed for it. */
  readonly closes: boolean;
  readonly frame: Uint8Array;
}

/** Signed with the captured key, whoever is named, and for whichever cluster. */
function signedAs<S extends NodeStatement>(
  { genesis, pen }: Scene,
  signer: NodeId,
  statement: S,
  clusterId: ClusterId = genesis.clusterId,
): Signed<S> {
  return { signer, statement, signature: pen(signingBytes(clusterId, signer, statement)) };
}

/** The newest message of a kind that an honest node signed. */
function heard<K extends PeerMessage['kind']>(
  { tape, context, self }: Scene,
  kind: K,
): Extract<PeerMessage, { kind: K }> | null {
  for (const { frame } of tape.newest(STATEMENT_CODE[kind])) {
    const decoded = decodePeerMessage(frame, context);
    if (decoded.ok && decoded.value.signed.signer !== self)
      return decoded.value as Extract<PeerMessage, { kind: K }>;
  }
  return null;
}

/** Another honest node than the one that is lied to. */
function another({ genesis, self, random }: Scene, to: NodeId): NodeId {
  const others = genesis.configuration.members.map(({ id }) => id);
  return random.pick(others.filter((id) => id !== self && id !== to));
}

/** The leader's newest heartbeat, with a statement that differs. */
function heartbeat(
  scene: Scene,
  differing: (said: AppendEntries['signed']) => AppendEntries['signed'],
): Uint8Array | null {
  const append = heard(scene, 'append-entries');
  if (append === null) return null;
  const { head } = append.signed.statement;
  const statement = { ...append.signed.statement, previous: head };
  const signed = differing({ ...append.signed, statement });
  return encodePeerMessage({ kind: 'append-entries', signed, entries: [], commit: null });
}

const AHEAD = 1_000;

const BORROWED: readonly LieKind[] = [
  {
    what: 'a heartbeat in the name of the leader',
    make: (scene) =>
      heartbeat(scene, ({ signer, statement }) =>
        signedAs(scene, signer, {
          ...statement,
          sequence: (statement.sequence + AHEAD) as Sequence,
        }),
      ),
  },
  {
    what: 'a resignation in the name of the leader',
    make: (scene) => {
      const append = heard(scene, 'append-entries');
      if (append === null) return null;
      const { epoch, term } = append.signed.statement;
      const wanted = (term + 1) as Term;
      const statement = { kind: 'transfer-leadership', epoch, term, wanted } as const;
      const signed = signedAs(scene, append.signed.signer, statement);
      return encodePeerMessage({ kind: 'transfer-leadership', signed });
    },
  },
  {
    what: "a Suspect in another's name",
    make: (scene, to) => {
      const append = heard(scene, 'append-entries');
      if (append === null) return null;
      const { epoch, term } = append.signed.statement;
      const wanted = (term + 1) as Term;
      const statement = { kind: 'suspect', epoch, wanted, reason: 'silent' } as const;
      const signed = signedAs(scene, another(scene, to), statement);
      return encodePeerMessage({ kind: 'suspect', signed, certificate: null });
    },
  },
  {
    what: "a Response in another's name, for what nobody has",
    make: (scene, to) => {
      const append = heard(scene, 'append-entries');
      if (append === null) return null;
      const { epoch, term, head } = append.signed.statement;
      const position = { index: (head.index + 1) as typeof head.index, hash: head.hash };
      const statement = {
        kind: 'append-entries-response',
        epoch,
        term,
        accepted: position,
        prepared: position,
      } as const;
      const signed = signedAs(scene, another(scene, to), statement);
      return encodePeerMessage({ kind: 'append-entries-response', signed });
    },
  },
  {
    what: 'evidence, one half of it signed by the accuser',
    make: (scene) => {
      const append = heard(scene, 'append-entries');
      if (append === null) return null;
      const { signer, statement } = append.signed;
      const other = { ...statement.head, hash: statement.previous.hash };
      const second = signedAs(scene, signer, { ...statement, previous: other, head: other });
      const body = {
        culprit: signer,
        epoch: statement.epoch,
        index: statement.head.index,
        first: { signed: append.signed, headers: [] },
        second: { signed: second, headers: [] },
      };
      const message = { kind: 'evidence', body } as const;
      const bodyDigest = scene.context.digest(encodeBody(message));
      const signed = signedAs(scene, scene.self, { kind: 'evidence', bodyDigest });
      return encodePeerMessage({ ...message, signed });
    },
  },
];

const RELABELLED: readonly LieKind[] = [
  {
    what: "a voter's Response under another voter's name",
    make: (scene, to) => {
      const response = heard(scene, 'append-entries-response');
      if (response === null) return null;
      const signer = response.signed.signer === to ? another(scene, to) : scene.self;
      return encodePeerMessage({ ...response, signed: { ...response.signed, signer } });
    },
  },
  {
    what: 'a heartbeat of the leader with a later sequence',
    make: (scene) =>
      heartbeat(scene, ({ statement, ...signed }) => ({
        ...signed,
        statement: { ...statement, sequence: (statement.sequence + AHEAD) as Sequence },
      })),
  },
  {
    what: 'a heartbeat of the leader in a later term of its own',
    make: (scene) => {
      const { length } = scene.genesis.configuration.members;
      return heartbeat(scene, ({ statement, ...signed }) => ({
        ...signed,
        statement: { ...statement, term: (statement.term + length) as Term },
      }));
    },
  },
  {
    what: 'a frame under the code of another kind',
    make: ({ tape, random }) => {
      const taped = tape.draw(random);
      if (taped === null) return null;
      const codes = Object.values(STATEMENT_CODE).filter((code) => code !== taped.frame[1]);
      const frame = new Uint8Array(taped.frame);
      frame[1] = random.pick(codes);
      return frame;
    },
  },
  {
    what: 'a frame with one bit flipped',
    make: ({ tape, random }) => {
      const taped = tape.draw(random);
      if (taped === null) return null;
      const frame = new Uint8Array(taped.frame);
      const at = random.below(frame.length);
      frame[at] = (frame[at] as number) ^ (1 << random.below(8));
      return frame;
    },
  },
];

const ELSEWHERE = 'ab'.repeat(32) as ClusterId;

/** Its own Response, but not of this cluster, or not of this epoch. */
function ownResponse(scene: Scene, epoch: number, clusterId?: ClusterId): Uint8Array | null {
  const append = heard(scene, 'append-entries');
  if (append === null) return null;
  const { term, head } = append.signed.statement;
  const statement = {
    kind: 'append-entries-response',
    epoch: epoch as Epoch,
    term,
    accepted: head,
    prepared: head,
  } as const;
  const signed = signedAs(scene, scene.self, statement, clusterId);
  return encodePeerMessage({ kind: 'append-entries-response', signed });
}

const FOREIGN: readonly LieKind[] = [
  {
    what: 'a Response that is signed for another cluster',
    make: (scene) => ownResponse(scene, 0, ELSEWHERE),
  },
  { what: 'a Response of another epoch', make: (scene) => ownResponse(scene, 1) },
  { what: 'no frame at all', make: () => utf8('{"hello": "node"}'), closes: true },
];

export const LIES: readonly LieKind[] = [...BORROWED, ...RELABELLED, ...FOREIGN];
