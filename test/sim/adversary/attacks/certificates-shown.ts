/** Where certificates with a fault are shown: beside every kind of message that carries one. */
import type { CommitCertificate } from '../../../../src/consensus/model/certificate.ts';
import { baseOf, certifiedPosition } from '../../../../src/consensus/model/certificate.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import type { Hash, NodeId } from '../../../../src/consensus/model/ids.ts';
import type { AppendEntries, PeerMessage } from '../../../../src/consensus/model/message.ts';
import type { AttackKind } from '../attack.ts';
import type { NamedBase } from '../forge.ts';
import type { Traitor } from '../traitor.ts';
import type { Relabelled } from './certificates-relabelled.ts';
import { falseBundle, falseSuspicion, relabelled } from './certificates-relabelled.ts';

/** A false certificate closes the link: not so often that a traitor never gets a word in. */
const SHOW_EVERY_MS = 400;

/** A message that carries a false certificate, to whom it says most, and what it would make believe. */
interface Exhibit {
  readonly message: PeerMessage;
  readonly what: string;
  readonly made: Relabelled | null;
}

type Stage = (me: Traitor) => Exhibit | null;

function exhibit(
  made: Relabelled | null,
  where: string,
  message: (made: Relabelled) => PeerMessage | null,
): Exhibit | null {
  if (made === null) return null;
  const said = message(made);
  if (said === null) return null;
  const { index } = certifiedPosition(made.certificate);
  return { message: said, made, what: `${made.fault} certificate for ${index} in a ${where}` };
}

const inSuspect: Stage = (me) =>
  exhibit(relabelled(me, 'prepare'), 'Suspect', ({ certificate }) =>
    me.forge.suspect(me.id, me.status.term + 1, 'silent', certificate),
  );

/** The genesis claims no certificate: it stays with what is shown. */
const inTermProof: Stage = (me) =>
  exhibit(relabelled(me, 'prepare'), 'Proof', ({ certificate }) => {
    const { phase } = certificate;
    const term = { type: phase, certificate } as Parameters<typeof proofOf>[1];
    return proofOf(me, term, null);
  });

const inCommitProof: Stage = (me) =>
  exhibit(relabelled(me, 'commit'), 'Proof', ({ certificate }) =>
    proofOf(me, { type: 'genesis' }, certificate as CommitCertificate),
  );

type Proof = Extract<PeerMessage, { kind: 'proof' }>;

function proofOf(
  me: Traitor,
  term: Proof['body']['term'],
  commit: CommitCertificate | null,
): PeerMessage {
  return me.forge.body(me.id, { kind: 'proof', body: { term, commit } });
}

/** M1: what travels beside a leader's statement is not signed by it, and is not its fault. */
const besideHeartbeat: Stage = (me) => {
  const { recorded } = me.mind.library;
  const newest = recorded.findLast(
    ({ message }) =>
      message.kind === 'append-entries' && message.signed.statement.term === me.status.term,
  )?.message as AppendEntries | undefined;
  if (newest === undefined) return null;
  return exhibit(relabelled(me, 'commit'), `message of ${newest.signed.signer}`, (made) => ({
    ...newest,
    commit: made.certificate as CommitCertificate,
  }));
};

/** S2, E2: a term that nobody wants, on a base that nobody holds. */
const inRequestVote: Stage = (me) => {
  const term = me.mind.nextTraitorTerm(me.status.term + me.random.pick([1, 1, 1_000]));
  const candidate = me.mind.candidateOf(term);
  const made = me.random.chance(1, 2) ? relabelled(me, 'prepare') : null;
  const base = made === null ? me.forge.genesisBase : baseOf(made.certificate);
  const suspicion = falseSuspicion(me, term);
  const message = me.forge.requestVote(candidate, term, base, suspicion);
  return { message, made, what: `a false suspicion certificate for term ${term}` };
};

/** M4: what would put who believes it into a term. */
const inFalseProof: Stage = (me) => {
  const term = me.status.term + me.random.pick([1, 2, 1_000]);
  const body = me.random.chance(1, 2)
    ? ({ type: 'suspicion', certificate: falseSuspicion(me, term) } as const)
    : ({ type: 'bundle', bundle: falseBundle(me, term, me.forge.genesisBase) } as const);
  return {
    message: proofOf(me, body, null),
    made: null,
    what: `a false ${body.type} for term ${term}`,
  };
};

const STAGES = [
  inSuspect,
  inTermProof,
  inCommitProof,
  inCommitProof,
  besideHeartbeat,
  besideHeartbeat,
  inRequestVote,
  inFalseProof,
] as const;

/** Its own heartbeats and fetch answers are looked at whatever stands beside them. */
function besideOwn(me: Traitor, message: PeerMessage): Exhibit | null {
  if (message.kind !== 'append-entries' && message.kind !== 'entries') return null;
  return exhibit(relabelled(me, 'commit'), `${message.kind} message of its own`, (made) => {
    const commit = made.certificate as CommitCertificate;
    if (message.kind === 'append-entries') return { ...message, commit };
    return me.forge.body(me.id, { kind: 'entries', body: { ...message.body, commit } });
  });
}

/** Made-up entries by hash, with what is said to prove them: who believes the proof asks for the entry. */
class Baits {
  readonly #me: Traitor;
  readonly #made = new Map<Hash, { readonly entry: Entry; readonly made: Relabelled }>();

  constructor(me: Traitor) {
    this.#me = me;
  }

  lay(made: Relabelled | null): void {
    if (made === null || made.entry === null) return;
    this.#made.set(made.entry.hash, { entry: made.entry, made });
  }

  serve(to: NodeId, hash: Hash): boolean {
    const bait = this.#made.get(hash);
    if (bait === undefined) return false;
    const { entry, made } = bait;
    const { certificate } = made;
    const commit = certificate.phase === 'commit' ? (certificate as CommitCertificate) : null;
    const entries = [...this.#entriesTo(entry), entry];
    const body = { entries, headers: [], leader: null, commit };
    this.#me.note(`serves ${to} the made-up entry ${entry.header.index}`);
    this.#me.sendFalse(to, this.#me.forge.body(this.#me.id, { kind: 'entries', body }));
    return true;
  }

  /** The real ones right below: the asker may be a little behind. */
  #entriesTo({ header }: Entry): readonly Entry[] {
    const entries: Entry[] = [];
    let below = this.#me.mind.library.entries.get(header.parent);
    while (below !== undefined && entries.length < ENTRIES_BELOW && below.header.index > 1) {
      entries.push(below);
      below = this.#me.mind.library.entries.get(below.header.parent);
    }
    return entries.reverse();
  }
}

const ENTRIES_BELOW = 8;

/** Shows false certificates of every kind wherever one fits, and serves what they would make believe. */
const relabel: AttackKind = {
  name: 'relabel',
  tries:
    'shows certificates that are no quorum, no chain, or of another kind or signer (N5, S2, E4, M1)',
  make: (me) => {
    const baits = new Baits(me);
    let nextMs = 0;
    const refuse = (candidate: NodeId, term: number): void => {
      const made = relabelled(me, 'prepare');
      if (made === null) return;
      const base: NamedBase = baseOf(made.certificate);
      const refusal = base.rank.term < term ? me.forge.refusal(me.id, term, base) : null;
      if (refusal === null) return;
      me.note(`refuses ${candidate} with a ${made.fault} certificate for ${base.position.index}`);
      baits.lay(made);
      me.sendFalse(candidate, refusal);
    };
    return {
      says: (out) => {
        if (me.nowMs < nextMs || me.mind.isTraitor(out.to)) return [out];
        const shown = besideOwn(me, out.message);
        if (shown === null) return [out];
        nextMs = me.nowMs + SHOW_EVERY_MS;
        me.note(`shows ${out.to} ${shown.what}`);
        baits.lay(shown.made);
        me.sendFalse(out.to, shown.message);
        return [];
      },
      hears: (input) => {
        if (input.type !== 'received' || input.message.kind !== 'fetch-entries') return input;
        return baits.serve(input.from, input.message.body.head.hash) ? null : input;
      },
      overhears: (from, _, message) => {
        if (message.kind !== 'request-vote' || me.mind.isTraitor(from) || me.nowMs < nextMs) return;
        nextMs = me.nowMs + SHOW_EVERY_MS;
        refuse(from, message.signed.statement.term);
      },
      acts: () => {
        if (me.nowMs < nextMs) return;
        nextMs = me.nowMs + SHOW_EVERY_MS;
        const shown = me.random.pick(STAGES)(me);
        if (shown === null) return;
        const to = me.random.pick(me.mind.honest);
        me.note(`shows ${to} ${shown.what}`);
        baits.lay(shown.made);
        me.sendFalse(to, shown.message);
      },
    };
  },
};

export const CERTIFICATES_SHOWN: readonly AttackKind[] = [relabel];
