/** A leader that puts invalid things under its signature (N2, S1 rogue), and goes on above them as if nothing were. */
import type { Input } from '../../../../src/consensus/core.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { Traitor } from '../traitor.ts';
import { SecondChain, type Rewrite } from './leader-chain.ts';
import { FIRST_ENTRY, LATER_ENTRIES, MANGLES, nowAndThen } from './leader-mangled-entries.ts';

class Mangling implements Attack {
  readonly #me: Traitor;
  #chain: SecondChain | null = null;
  #what = '';
  #told: ReadonlySet<NodeId> = new Set();
  #noted = false;

  constructor(me: Traitor) {
    this.#me = me;
  }

  #enter(term: number): SecondChain {
    if (this.#chain?.term === term) return this.#chain;
    const { random, mind } = this.#me;
    const first = random.chance(1, 4);
    this.#what = random.pick(first ? FIRST_ENTRY : LATER_ENTRIES);
    const rewrite = MANGLES.get(this.#what) as Rewrite;
    const everybody = random.chance(1, 2);
    const one = random.pick(mind.honest);
    this.#told = new Set(
      mind.honest.filter((peer) => everybody || peer === one || random.chance(1, 2)),
    );
    this.#noted = false;
    const common = first ? 0 : random.pick([1, 1, 2, 4, 10]);
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

const mangle: AttackKind = {
  name: 'mangle',
  tries:
    'signs entries with forged requests, wrong terms, times, bundles, kinds, and goes on above them (N2)',
  make: (me) => new Mangling(me),
};

export const LEADER_MANGLE: readonly AttackKind[] = [mangle];
