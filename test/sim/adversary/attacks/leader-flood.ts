/** A leader that proposes more than anybody may hold (N1, D3). */
import type { Input } from '../../../../src/consensus/core.ts';
import { utf8 } from '../../../../src/base/bytes.ts';
import type { Content } from '../../../../src/consensus/model/entry.ts';
import type { LogIndex } from '../../../../src/consensus/model/ids.ts';
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

  hears(input: Input): Input | null {
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

const PHANTOM_EVERY_MS = 400;

/** Heartbeats that name heads which do not exist, a little or very far ahead: who fetches them waits for ever. */
const phantom: AttackKind = {
  name: 'phantom',
  tries: 'signs heads that nobody has, near and far (N2, D3: what is held goes on; V1)',
  make: (me) => {
    let lastMs = 0;
    return {
      says: (out) => {
        const { message, to } = out;
        if (message.kind !== 'append-entries' || message.signed.signer !== me.id) return [out];
        if (message.entries.length > 0 || me.nowMs - lastMs < PHANTOM_EVERY_MS) return [out];
        lastMs = me.nowMs;
        const { term, head, sequence } = message.signed.statement;
        const index = (head.index + me.random.pick([1, 2, 40, 200, 2 ** 40])) as LogIndex;
        const hash = me.mind.context.digest(utf8(`a head of ${term} at ${index}`));
        const nowhere = { index, hash };
        me.note(`names a head ${index} that nobody has to ${to}`);
        const fields = { term, previous: nowhere, head: nowhere, sequence };
        return [{ to, message: me.forge.append(me.id, fields, [], message.commit) }];
      },
    };
  },
};

export const LEADER_FLOOD: readonly AttackKind[] = [flood, phantom];
