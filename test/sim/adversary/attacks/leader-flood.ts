/** A leader that proposes more than anybody may hold (N1, D3). */
import type { Content } from '../../../../src/consensus/model/entry.ts';
import type { Attack, AttackKind, Outgoing } from '../attack.ts';
import type { Traitor } from '../traitor.ts';
import { Reign } from './leader-reign.ts';

const FLOOD_MESSAGES = 4;
const FLOOD_EACH = 50;

/** Entries without end, far beyond N1's window, in messages that are each valid. */
class Flood implements Attack {
  readonly #me: Traitor;
  #reign: Reign | null = null;
  /** The sequence of the last message that its core may say in that term. */
  #after = 0;
  /** It floods after so many of its core's messages with requests. */
  #waits = 0;

  constructor(me: Traitor) {
    this.#me = me;
  }

  says(out: Outgoing): readonly Outgoing[] {
    const { message } = out;
    if (message.kind !== 'append-entries' || message.signed.signer !== this.#me.id) return [out];
    const { term, sequence } = message.signed.statement;
    if (this.#reign?.term === term) return sequence > this.#after ? [] : [out];
    const last = message.entries.at(-1);
    if (last?.content.kind !== 'batch' || this.#waits-- > 0) return [out];
    this.#waits = this.#me.random.below(40);
    const reign = new Reign(this.#me, { term, base: last, bundle: null, sequence });
    this.#reign = reign;
    this.#after = sequence;
    const contents = Array.from(
      { length: FLOOD_EACH },
      () => last.content as Content & { kind: 'batch' },
    );
    this.#me.later(1, () => {
      this.#me.note(`proposes ${FLOOD_MESSAGES * FLOOD_EACH} entries above ${last.header.index}`);
      for (let i = 0; i < FLOOD_MESSAGES; i++) reign.propose(contents, this.#me.mind.honest);
    });
    return [out];
  }

  acts(): void {
    if (this.#reign?.term === this.#me.status.term) this.#reign.tick(this.#me.mind.honest);
  }

  hears(input: Parameters<NonNullable<Attack['hears']>>[0]): typeof input | null {
    if (input.type !== 'received' || input.message.kind !== 'fetch-entries') return input;
    const answer = this.#reign?.answer(input.message.body) ?? null;
    if (answer === null) return input;
    this.#me.send(input.from, answer);
    return null;
  }
}

const flood: AttackKind = {
  name: 'flood',
  tries:
    'proposes hundreds of entries above what is committed (N1, N5, D3: followers wait in time)',
  make: (me) => new Flood(me),
};

export const LEADER_FLOOD: readonly AttackKind[] = [flood];
