/** A leader that signs several chains in one term, each for some of the voters (N2, V1). */
import type { Input } from '../../../../src/consensus/core.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type {
  AppendEntries,
  AppendEntriesResponse,
  PeerMessage,
} from '../../../../src/consensus/model/message.ts';
import { NONE } from '../../../../src/consensus/model/position.ts';
import type { ClientRequest } from '../../../../src/consensus/model/request.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { Link } from '../library.ts';
import type { Traitor } from '../traitor.ts';
import { SecondChain, type Rewrite } from './leader-chain.ts';

type Flavour = 'time' | 'order' | 'others';

/** The same entry a little later, its requests in another order, or other requests. */
function rewriteAs(flavour: Flavour, laterMs: number): Rewrite {
  return (entry: Entry, parent: Link, me: Traitor): Entry => {
    const { header, content } = entry;
    const timestamp = Math.max(header.timestamp + laterMs, parent.header.timestamp);
    if (content.kind === 'malformed') return entry;
    if (content.kind !== 'batch') return me.forge.entry(parent, header.term, content, timestamp);
    const requests = otherRequests(flavour, content.requests, me);
    return me.forge.entry(parent, header.term, { kind: 'batch', requests }, timestamp);
  };
}

function otherRequests(
  flavour: Flavour,
  requests: readonly ClientRequest[],
  me: Traitor,
): readonly ClientRequest[] {
  if (flavour === 'time') return requests;
  if (flavour === 'order') return [...requests].reverse();
  const newest = me.mind.library.requests.slice(-2);
  return newest.length === 0 ? requests : newest;
}

/** Each voter's chain is drawn; one stands alone; or all move from one chain to the next together. */
type Company = 'drawn' | 'alone' | 'together';

/** How a traitor equivocates, for a term. */
export interface Style {
  readonly chains: number;
  readonly flavour: Flavour;
  /** Entries of a term before its chains part. */
  readonly common: number;
  readonly company: Company;
  /** Who is on which chain is chosen anew after so long; 0: never in a term. */
  readonly redrawMs: number;
  /** Whom it tells that it is prepared: everybody, or one of each chain, which alone may commit. */
  readonly prepares: 'all' | 'one';
}

function drawStyle({ random }: Traitor): Style {
  return {
    chains: random.pick([1, 1, 2]),
    flavour: random.pick<Flavour>(['time', 'order', 'others']),
    common: random.pick([0, 0, 1, 2, 5, 20]),
    company: random.chance(1, 3) ? 'alone' : 'drawn',
    redrawMs: random.pick([0, 0, 100, 500, 2_000]),
    prepares: random.pick(['all', 'one']),
  };
}

class Equivocation implements Attack {
  readonly #me: Traitor;
  readonly #drawStyle: (me: Traitor) => Style;
  #style: Style;
  #term = 0;
  #chains: readonly SecondChain[] = [];
  /** 0 is the chain of the honest core. */
  #sides: ReadonlyMap<NodeId, number> = new Map();
  /** Where each was when it last heard of a chain. */
  readonly #before = new Map<NodeId, number>();
  #lucky: ReadonlySet<NodeId> = new Set();
  #redrawAtMs = 0;
  /** Times that voters were told apart in this term. */
  #draws = 0;

  constructor(me: Traitor, draw: (me: Traitor) => Style) {
    this.#me = me;
    this.#drawStyle = draw;
    this.#style = draw(me);
  }

  #enter(term: number): void {
    const me = this.#me;
    if (term !== this.#term) this.#begin(term);
    else if (this.#style.redrawMs === 0 || me.nowMs < this.#redrawAtMs) return;
    this.#redrawAtMs = me.nowMs + this.#style.redrawMs;
    for (const [peer, side] of this.#sides)
      if (!this.#before.has(peer)) this.#before.set(peer, side);
    this.#sides = sidesFor(me, this.#style, this.#draws++);
    this.#lucky = drawLucky(me, this.#sides);
    if (this.#style.company === 'together' && this.#draws === 1) return;
    const told = [...this.#sides].map(([peer, side]) => `${peer} ${side + 1}`).join(', ');
    me.note(`term ${term}: who is on which chain: ${told}`);
  }

  #begin(term: number): void {
    this.#term = term;
    this.#style = this.#drawStyle(this.#me);
    const { chains, flavour, common } = this.#style;
    this.#before.clear();
    this.#draws = 0;
    this.#chains = Array.from({ length: chains }, (_, i) => {
      return new SecondChain(this.#me, { term, common, rewrite: rewriteAs(flavour, i + 1) });
    });
  }

  #chainOf(peer: NodeId): SecondChain | null {
    return this.#chains[(this.#sides.get(peer) ?? 0) - 1] ?? null;
  }

  says(out: Outgoing): readonly Outgoing[] {
    const { to, message } = out;
    if (message.signed.signer !== this.#me.id || this.#me.mind.isTraitor(to)) return [out];
    const other = this.#asTold(to, message);
    return other === null ? [] : [{ to, message: other }];
  }

  #asTold(to: NodeId, message: PeerMessage): PeerMessage | null {
    switch (message.kind) {
      case 'append-entries':
        this.#enter(message.signed.statement.term);
        // Every chain grows with the first, whoever is on it now.
        for (const chain of this.#chains) chain.append(message);
        return this.#append(to, message);
      case 'append-entries-response':
        return message.signed.statement.term === this.#term ? this.#response(to, message) : message;
      case 'entries':
        // What it would serve of its first chain convicts it.
        return message.body.leader?.signer === this.#me.id && this.#chainOf(to)?.hasForked === true
          ? null
          : message;
      default:
        return message;
    }
  }

  /** Who was moved to another chain is shown all of it at once: a fetch would take too long. */
  #append(to: NodeId, message: AppendEntries): AppendEntries {
    const side = this.#sides.get(to) ?? 0;
    const before = this.#before.get(to) ?? side;
    const chain = this.#chains[side - 1] ?? null;
    const shown = chain ?? this.#chains[before - 1] ?? null;
    if (before === side || shown === null) return chain?.append(message) ?? message;
    this.#before.set(to, side);
    return shown.whole(message, chain === null ? 'first' : 'other');
  }

  /** Accepted, as the peer's chain has it; prepared for everybody, or for those alone that may commit. */
  #response(to: NodeId, { signed }: AppendEntriesResponse): AppendEntriesResponse {
    const chain = this.#chainOf(to);
    const accepted = chain?.at(signed.statement.accepted) ?? signed.statement.accepted;
    const prepares = this.#style.prepares === 'all' || this.#lucky.has(to);
    return this.#me.forge.response(this.#me.id, this.#term, accepted, prepares ? accepted : NONE);
  }

  hears(input: Input): Input | null {
    if (input.type !== 'received') return input;
    const { message, from } = input;
    if (message.kind === 'evidence' && this.#me.mind.isTraitor(message.body.culprit)) return null;
    if (message.kind !== 'fetch-entries') return input;
    for (const chain of this.#chains) {
      const answer = chain.answer(message.body);
      if (answer === null) continue;
      this.#me.note(`serves ${from} the other chain up to ${message.body.head.index}`);
      this.#me.send(from, answer);
      return null;
    }
    return input;
  }
}

function sidesFor(me: Traitor, style: Style, draws: number): ReadonlyMap<NodeId, number> {
  const { company, chains } = style;
  return company === 'together'
    ? new Map(me.mind.honest.map((peer) => [peer, draws % (chains + 1)]))
    : drawSides(me, style);
}

/** Two honest voters, if there are two, are on different chains: else nobody would be told another story. */
function drawSides(me: Traitor, { chains, company }: Style): ReadonlyMap<NodeId, number> {
  const { random, mind } = me;
  const one = random.pick(mind.honest);
  const side = random.between(1, chains);
  const others = mind.honest.filter((peer) => peer !== one);
  const sides = others.map(() => (company === 'alone' ? 0 : random.below(chains + 1)));
  if (sides.every((other) => other === side)) sides[random.below(sides.length)] = 0;
  return new Map([[one, side], ...others.map((peer, i) => [peer, sides[i] ?? 0] as const)]);
}

function drawLucky(me: Traitor, sides: ReadonlyMap<NodeId, number>): ReadonlySet<NodeId> {
  const bySide = new Map<number, NodeId[]>();
  for (const [peer, side] of sides) bySide.set(side, [...(bySide.get(side) ?? []), peer]);
  return new Set([...bySide.values()].map((peers) => me.random.pick(peers)));
}

/** As `equivocate`, always in the same style. */
export function equivocationIn(style: Style): AttackKind['make'] {
  return (me) => new Equivocation(me, () => style);
}

const equivocate: AttackKind = {
  name: 'equivocate',
  tries: 'leads two or three chains in one term, each for other voters (N2: one chain a term; V1)',
  make: (me) => new Equivocation(me, drawStyle),
};

/** Long enough for what it takes back to be committed, and short enough to show all of the other chain. */
const REWRITE_MS = 400;

const rewrite: AttackKind = {
  name: 'rewrite',
  tries: 'shows all voters one chain, and a while later another of the same term (N2, E5; V1)',
  make: equivocationIn({
    chains: 1,
    flavour: 'others',
    common: 1,
    company: 'together',
    redrawMs: REWRITE_MS,
    prepares: 'all',
  }),
};

export const LEADER_EQUIVOCATION: readonly AttackKind[] = [equivocate, rewrite];
