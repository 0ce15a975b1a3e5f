/** Candidates that ask with other bases than they should, and lead from each that a quorum votes for (E2, E3, E5). */
import type { Input } from '../../../../src/consensus/core.ts';
import {
  baseOf,
  certifiedPosition,
  firstHeader,
} from '../../../../src/consensus/model/certificate.ts';
import type { VoteBundle } from '../../../../src/consensus/model/certificate.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { RequestVote } from '../../../../src/consensus/model/message.ts';
import { compareRank } from '../../../../src/consensus/model/position.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { NamedBase } from '../forge.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';
import { Reign } from './leader-reign.ts';

/** How far below what voters accepted last certificates are made. */
const DEPTH = 12;

/** Bases that a candidate of `term` can prove: the genesis, certificates shown, and certificates made. */
export function basesFor(me: Traitor, term: number): readonly NamedBase[] {
  const shown = me.mind.library.certificates.slice(-40).map(baseOf);
  const all = [me.forge.genesisBase, ...shown, ...madeFor(me, term)];
  const usable = all.filter(({ rank }) => rank.term < term);
  return [...new Map(usable.map((base) => [base.position.hash, base])).values()].sort((a, b) =>
    compareRank(b.rank, a.rank),
  );
}

/** Out of Responses of the last term before it, with those of traitors: perhaps of a rank that no honest node knows. */
function madeFor(me: Traitor, term: number): readonly NamedBase[] {
  const { library, traitors, honest } = me.mind;
  const before = library.responses.filter(({ statement }) => statement.term < term);
  const last = Math.max(...before.map(({ statement }) => statement.term));
  const responses = before.filter(({ statement }) => statement.term === last);
  const tips = honest.flatMap((id) => responses.filter(({ signer }) => signer === id).slice(-1));
  return tips.flatMap(({ statement: { accepted } }) => {
    const chain = library.chainTo(accepted.hash, Math.max(2, accepted.index - DEPTH)) ?? [];
    const own = traitors.map((id) => me.forge.response(id, last, accepted, accepted).signed);
    return chain.flatMap(({ header }, i) => {
      if (header.term !== last) return [];
      const made = me.forge.certificate('prepare', chain.slice(i), [...responses, ...own]);
      return made === null ? [] : [baseOf(made)];
    });
  });
}

/** The entry that a base stands for. */
export function linkOf(me: Traitor, base: NamedBase): Link {
  if (base.certificate === null) return me.mind.genesis.entry;
  return { header: firstHeader(base.certificate), hash: certifiedPosition(base.certificate).hash };
}

function baseIn({ signed, certificate }: RequestVote): NamedBase {
  const { baseRank, base } = signed.statement;
  return { rank: baseRank, position: base, certificate };
}

/** One term in which a traitor is the candidate, and may lead from several bases. */
interface Candidacy {
  readonly term: number;
  readonly others: readonly NamedBase[];
  reign: Reign | null;
  sides: ReadonlySet<NodeId>;
  redrawAtMs: number;
}

/** What each does with its honest core's candidacy. */
interface Manner {
  readonly name: string;
  readonly tries: string;
  /** Whether the honest core's own request goes out. */
  readonly asksHonestly: boolean;
  /** Whom it tells of its other chain, drawn again and again; the others hear the honest core. */
  readonly everybody: boolean;
  readonly onlyLower: boolean;
}

class OtherBases implements Attack {
  readonly #me: Traitor;
  readonly #manner: Manner;
  readonly #redrawMs: number;
  #now: Candidacy | null = null;

  constructor(me: Traitor, manner: Manner) {
    this.#me = me;
    this.#manner = manner;
    this.#redrawMs = me.random.pick([200, 1_000, 1_000_000]);
  }

  #enter(request: RequestVote): Candidacy {
    const { term } = request.signed.statement;
    if (this.#now?.term === term) return this.#now;
    const me = this.#me;
    const own = baseIn(request);
    const bases = basesFor(me, term).filter(
      ({ rank, position }) =>
        position.hash !== own.position.hash &&
        (!this.#manner.onlyLower || compareRank(rank, own.rank) < 0),
    );
    // An honest voter votes for as many bases as there are voters: the highest, which find votes, and any one.
    const others = [
      ...bases.slice(0, 2),
      ...(bases.length > 2 ? [me.random.pick(bases.slice(2))] : []),
    ];
    this.#now = { term, others, reign: null, sides: new Set(), redrawAtMs: 0 };
    const told = others.map(({ rank }) => `${rank.term}.${rank.index}`).join(', ');
    if (others.length > 0) me.note(`asks for votes in term ${term} with other bases: ${told}`);
    return this.#now;
  }

  says(out: Outgoing): readonly Outgoing[] {
    const { to, message } = out;
    if (message.signed.signer !== this.#me.id) return [out];
    if (message.kind === 'request-vote') {
      const { term, others } = this.#enter(message);
      if (others.length === 0) return [out];
      const asked = others.map((base) => {
        const other = this.#me.forge.requestVote(this.#me.id, term, base, message.suspicion);
        return { to, message: other };
      });
      return this.#manner.asksHonestly ? [out, ...asked] : asked;
    }
    return this.#now?.reign !== null && this.#isTold(to) && isLeaders(out) ? [] : [out];
  }

  #isTold(peer: NodeId): boolean {
    return this.#manner.everybody || this.#now?.sides.has(peer) === true;
  }

  acts(): void {
    const now = this.#now;
    const me = this.#me;
    if (now === null || me.status.term !== now.term) return;
    now.reign ??= this.#begin(now);
    if (now.reign === null) return;
    if (me.nowMs >= now.redrawAtMs) {
      now.redrawAtMs = me.nowMs + this.#redrawMs;
      now.sides = new Set(me.mind.honest.filter(() => me.random.chance(1, 2)));
    }
    now.reign.tick(me.mind.honest.filter((peer) => this.#isTold(peer)));
  }

  #begin({ term, others }: Candidacy): Reign | null {
    for (const base of others) {
      const bundle = this.#me.forge.bundleFor(term, base);
      if (bundle === null) continue;
      this.#me.note(`leads term ${term} from another base, ${base.rank.term}.${base.rank.index}`);
      return new Reign(this.#me, { term, base: linkOf(this.#me, base), bundle, sequence: 0 });
    }
    return null;
  }

  hears(input: Input): Input | null {
    return answerFrom(this.#me, this.#now?.reign ?? null, input);
  }
}

/** What its honest core says as the leader of its own chain. */
export function isLeaders({ message }: Outgoing): boolean {
  return message.kind === 'append-entries' || message.kind === 'append-entries-response';
}

/** A fetch for a reign's chain is answered with it; everything else is for the honest core. */
export function answerFrom(me: Traitor, reign: Reign | null, input: Input): Input | null {
  if (input.type !== 'received' || input.message.kind !== 'fetch-entries') return input;
  const answer = reign?.answer(input.message.body) ?? null;
  if (answer === null) return input;
  me.send(input.from, answer);
  return null;
}

const MANNERS: readonly Manner[] = [
  {
    name: 'low-base',
    tries:
      'asks for votes with lower bases than it knows of, down to the genesis (E3: voters compare)',
    asksHonestly: false,
    everybody: true,
    onlyLower: true,
  },
  {
    name: 'two-bases',
    tries:
      'gets bundles on several bases in one term and leads a chain from each (N2, E5: two bundles)',
    asksHonestly: true,
    everybody: false,
    onlyLower: false,
  },
];

/** Elected with one base, it lets its term begin on another, with the same bundle. */
class OffBase implements Attack {
  readonly #me: Traitor;
  #reign: Reign | null = null;

  constructor(me: Traitor) {
    this.#me = me;
  }

  says(out: Outgoing): readonly Outgoing[] {
    const { message } = out;
    if (message.signed.signer !== this.#me.id || !isLeaders(out)) return [out];
    const { term } = message.signed.statement as { readonly term: number };
    if (this.#reign?.term === term) return [];
    const content = message.kind === 'append-entries' ? message.entries[0]?.content : undefined;
    if (content?.kind !== 'term') return [out];
    this.#reign = this.#begin(term, content.bundle);
    return this.#reign === null ? [out] : [];
  }

  #begin(term: number, bundle: VoteBundle): Reign | null {
    const vote = bundle.votes[0]?.statement;
    if (vote === undefined || this.#me.random.chance(1, 4)) return null;
    // An ancestor of the base, mostly just below it: what is on the way may be committed somewhere.
    const { index, hash } = vote.base;
    const lowest = this.#me.random.chance(1, 4) ? 1 : index - 3;
    const lower = this.#me.mind.library.chainTo(hash, Math.max(1, lowest))?.slice(0, -1) ?? [];
    if (lower.length === 0) return null;
    const base = this.#me.random.pick(lower);
    const proves = this.#me.random.chance(2, 3);
    const how = proves ? '' : ', without an entry that proves it';
    this.#me.note(`begins term ${term} at ${base.header.index}, elected at ${index}${how}`);
    const fields = { term, base, sequence: 0 };
    if (proves) return new Reign(this.#me, { ...fields, bundle });
    // Elected it is: the bundle goes out by itself, and the term begins with requests.
    const proof = { term: { type: 'bundle', bundle }, commit: null } as const;
    this.#me.send('all', this.#me.forge.body(this.#me.id, { kind: 'proof', body: proof }));
    return new Reign(this.#me, { ...fields, bundle: null });
  }

  acts(): void {
    if (this.#reign?.term === this.#me.status.term) this.#reign.tick(this.#me.mind.honest);
  }

  hears(input: Input): Input | null {
    return answerFrom(this.#me, this.#reign, input);
  }
}

const offBase: AttackKind = {
  name: 'off-base',
  tries: 'begins its term below the base that it was elected with (E4, N2: right above the base)',
  make: (me) => new OffBase(me),
};

export const ELECTION_BASES: readonly AttackKind[] = [
  ...MANNERS.map((manner) => ({
    name: manner.name,
    tries: manner.tries,
    make: (me: Traitor): Attack => new OtherBases(me, manner),
  })),
  offBase,
];
