/** Candidates and leaders of terms that nobody wants, or that nobody elected them for (E1, S2, E4). */
import type { Input } from '../../../../src/consensus/core.ts';
import type {
  SuspicionCertificate,
  VoteBundle,
} from '../../../../src/consensus/model/certificate.ts';
import { baseOf } from '../../../../src/consensus/model/certificate.ts';
import type { Suspect } from '../../../../src/consensus/model/message.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { NamedBase } from '../forge.ts';
import type { Traitor } from '../traitor.ts';
import { answerFrom, basesFor, isLeaders, linkOf } from './election-bases.ts';
import { Reign } from './leader-reign.ts';

/** Each false one costs its links for a while. */
const RUSH_EVERY_MS = { min: 300, max: 2_000 };

type Signed = Suspect['signed'];

function sorted(suspects: readonly Signed[]): SuspicionCertificate | null {
  const bySigner = new Map(suspects.map((signed) => [signed.signer, signed]));
  const all = [...bySigner.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1));
  return all.length === 0 ? null : { suspects: all };
}

/** What shall pass for a quorum that wants the term: nothing, traitors alone, what was wanted once, or all of it. */
function suspicionOf(me: Traitor, term: number): readonly [string, SuspicionCertificate | null] {
  const { library, traitors } = me.mind;
  const own = traitors.map((id) => me.forge.suspect(id, term, 'silent').signed);
  switch (me.random.below(4)) {
    case 0:
      return ['without suspicion', null];
    case 1:
      return ['on the word of traitors', sorted(own)];
    case 2:
      return ['with an old suspicion', library.suspicions.at(-1) ?? null];
    default:
      return ['with wishes for other terms', sorted([...library.suspects, ...own])];
  }
}

function highestBase(me: Traitor, term: number): NamedBase {
  const known = me.mind.library.highestCertificate(term);
  return known === null || me.random.chance(1, 4) ? me.forge.genesisBase : baseOf(known);
}

/** The next terms that are its own, now and then another's, and how far ahead. */
function rushedTerm(me: Traitor): number {
  const { term } = me.status;
  const next = me.random.chance(1, 4)
    ? term + 1
    : term + me.random.between(1, 2 * me.mind.order.length);
  if (me.random.chance(1, 8)) return next;
  for (let mine = next; ; mine++) if (me.mind.candidateOf(mine) === me.id) return mine;
}

/** Asks for votes before anybody wants its term; where it gets them, it leads and orders nothing. */
class RushIn implements Attack {
  readonly #me: Traitor;
  readonly #asked = new Map<number, NamedBase>();
  #nextMs = 0;
  #reign: Reign | null = null;

  constructor(me: Traitor) {
    this.#me = me;
  }

  acts(): void {
    const me = this.#me;
    this.#lead();
    if (me.nowMs < this.#nextMs) return;
    this.#nextMs = me.nowMs + me.random.between(RUSH_EVERY_MS.min, RUSH_EVERY_MS.max);
    const term = rushedTerm(me);
    const base = highestBase(me, term);
    const [how, suspicion] = suspicionOf(me, term);
    this.#asked.set(term, base);
    if (this.#asked.size > 8) this.#asked.delete(Math.min(...this.#asked.keys()));
    me.note(`asks for votes in term ${term} ${how}`);
    me.send('all', me.forge.requestVote(me.id, term, base, suspicion));
  }

  #lead(): void {
    const me = this.#me;
    if (this.#reign !== null && !this.#reign.isOver) {
      this.#reign.tick(me.mind.honest);
      return;
    }
    for (const [term, base] of this.#asked) {
      if (me.mind.candidateOf(term) !== me.id || term < me.status.term) continue;
      const bundle = me.forge.bundleFor(term, base);
      if (bundle === null) continue;
      me.note(`leads term ${term} after rushing in`);
      this.#asked.delete(term);
      const from = { term, base: linkOf(me, base), bundle, sequence: 0 };
      this.#reign = new Reign(me, { ...from, ordersNothing: true });
      return;
    }
  }

  says(out: Outgoing): readonly Outgoing[] {
    if (!isLeaders(out) || out.message.signed.signer !== this.#me.id) return [out];
    const { term } = out.message.signed.statement as { readonly term: number };
    return this.#reign?.term === term && !this.#reign.isOver ? [] : [out];
  }

  hears(input: Input): Input | null {
    return answerFrom(this.#me, this.#reign, input);
  }
}

const rushIn: AttackKind = {
  name: 'rush-in',
  tries:
    'asks for votes in terms that no quorum wants, its own or not (S2: a quorum opens a term; E1)',
  make: (me) => new RushIn(me),
};

/** Bundles that are none for this term and base. */
function falseBundle(
  me: Traitor,
  term: number,
  base: NamedBase,
): readonly [string, VoteBundle | null] {
  const { library, traitors, quorum } = me.mind;
  const own = traitors.map((id) => me.forge.vote(id, term, base).signed);
  const votes = new Map(library.votes.map((signed) => [signed.signer, signed]));
  for (const signed of own) votes.set(signed.signer, signed);
  const all = [...votes.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1));
  switch (me.random.below(4)) {
    case 0:
      return ['no bundle', null];
    case 1:
      return ['the bundle of another term', library.bundles.at(-1) ?? null];
    case 2:
      return ['the votes of traitors', { votes: own }];
    default:
      return ['votes for other terms and bases', { votes: all.slice(-quorum) }];
  }
}

/** Leads terms for which it has no bundle: its own that are open, and those to come. */
class Unelected implements Attack {
  readonly #me: Traitor;
  #nextMs = 0;
  #reign: Reign | null = null;

  constructor(me: Traitor) {
    this.#me = me;
  }

  acts(): void {
    const me = this.#me;
    if (me.status.role === 'leader') return;
    if (me.nowMs >= this.#nextMs) this.#begin();
    this.#reign?.tick(me.mind.honest);
  }

  #begin(): void {
    const me = this.#me;
    this.#nextMs = me.nowMs + me.random.between(RUSH_EVERY_MS.min, RUSH_EVERY_MS.max);
    const { term: now } = me.status;
    const term = me.mind.candidateOf(now) === me.id ? now : rushedTerm(me);
    const base = me.random.pick(basesFor(me, term));
    const [how, bundle] = falseBundle(me, term, base);
    const requests = me.mind.library.requests.slice(-1);
    this.#reign = new Reign(me, { term, base: linkOf(me, base), bundle, sequence: 0 });
    me.note(`leads term ${term} from ${base.position.index} with ${how}`);
    if (bundle === null && requests.length > 0)
      this.#reign.propose([{ kind: 'batch', requests }], me.mind.honest);
  }

  hears(input: Input): Input | null {
    return answerFrom(this.#me, this.#reign, input);
  }
}

const unelected: AttackKind = {
  name: 'unelected',
  tries: 'leads terms without a bundle, with too small a one or with that of another (E4, E5, N2)',
  make: (me) => new Unelected(me),
};

export const ELECTION_RUSH: readonly AttackKind[] = [rushIn, unelected];
