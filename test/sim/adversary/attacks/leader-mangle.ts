/** A leader that puts invalid things under its signature (N2, S1 rogue), and goes on above them as if nothing were. */
import type { Input } from '../../../../src/consensus/core.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { Traitor } from '../traitor.ts';
import { SecondChain, type Rewrite } from './leader-chain.ts';
import { FIRST_ENTRY, LATER_ENTRIES, MANGLES, nowAndThen } from './leader-mangled-entries.ts';

/** What it puts under its signature in a term, for whom, after how many entries. */
export interface Mangle {
  /** A name in `MANGLES`. */
  readonly what: string;
  readonly told: readonly NodeId[];
  readonly common: number;
}

function drawMangle({ random, mind }: Traitor): Mangle {
  const first = random.chance(1, 4);
  const what = random.pick(first ? FIRST_ENTRY : LATER_ENTRIES);
  const everybody = random.chance(1, 2);
  const one = random.pick(mind.honest);
  const told = mind.honest.filter((peer) => everybody || peer === one || random.chance(1, 2));
  const common = first ? 0 : random.pick([1, 1, 2, 4, 10]);
  return { what, told, common };
}

class Mangling implements Attack {
  readonly #me: Traitor;
  readonly #draw: (me: Traitor) => Mangle;
  #chain: SecondChain | null = null;
  #what = '';
  #told: ReadonlySet<NodeId> = new Set();
  #noted = false;

  constructor(me: Traitor, draw: (me: Traitor) => Mangle) {
    this.#me = me;
    this.#draw = draw;
  }

  #enter(term: number): SecondChain {
    if (this.#chain?.term === term) return this.#chain;
    const { what, told, common } = this.#draw(this.#me);
    this.#what = what;
    this.#told = new Set(told);
    this.#noted = false;
    const rewrite = MANGLES.get(what) as Rewrite;
    this.#chain = new SecondChain(this.#me, { term, common, rewrite: nowAndThen(rewrite) });
    return this.#chain;
  }

  says(out: Outgoing): readonly Outgoing[] {
    const { to, message } = out;
    if (message.signed.signer !== this.#me.id) return [out];
    if (message.kind === 'append-entries') {
      const chain = this.#enter(message.signed.statement.term);
      const mangled = chain.append(message);
      if (!this.#told.has(to) || mangled === message) return [out];
      if (!this.#noted) {
        const { index } = mangled.signed.statement.head;
        this.#me.note(
          `signs an entry with ${this.#what} at ${index} for ${[...this.#told].join(', ')}`,
        );
      }
      this.#noted = true;
      return [{ to, message: mangled }];
    }
    const chain = this.#chain;
    if (message.kind !== 'append-entries-response' || chain === null) return [out];
    if (!this.#told.has(to) || chain.term !== message.signed.statement.term) return [out];
    const accepted = chain.at(message.signed.statement.accepted);
    return [{ to, message: this.#me.forge.response(this.#me.id, chain.term, accepted, accepted) }];
  }

  hears(input: Input): Input | null {
    if (input.type !== 'received' || input.message.kind !== 'fetch-entries') return input;
    const answer = this.#chain?.answer(input.message.body) ?? null;
    if (answer === null) return input;
    this.#me.send(input.from, answer);
    return null;
  }
}

/** As `mangle`, always with the same for everybody, as soon as it can. */
export function mangling(what: string): AttackKind['make'] {
  return (me) => new Mangling(me, ({ mind }) => ({ what, told: mind.honest, common: 0 }));
}

const mangle: AttackKind = {
  name: 'mangle',
  tries:
    'signs entries with forged requests, wrong terms, times, bundles, kinds, and goes on above them (N2)',
  make: (me) => new Mangling(me, drawMangle),
};

export const LEADER_MANGLE: readonly AttackKind[] = [mangle];
