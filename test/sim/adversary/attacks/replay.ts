/** Attacks with what was really said, by whomever: said again later, to others, or not at all. */
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { AppendEntries, PeerMessage } from '../../../../src/consensus/model/message.ts';
import type { AttackKind } from '../attack.ts';
import { nodeAt } from '../../network.ts';
import type { Traitor } from '../traitor.ts';

/** One frame as it went over a link. */
interface Taped {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: PeerMessage;
}

/** Of each kind of message, how many are kept: the first, and a sample of all that came later. */
const KEPT_PER_KIND = 40;

/** What went over all links, from the first term on: of every kind a sample that forgets nothing for good. */
class Tape {
  readonly #me: Traitor;
  readonly #byKind = new Map<PeerMessage['kind'], Taped[]>();
  readonly #seen = new Map<PeerMessage['kind'], number>();

  constructor(me: Traitor) {
    this.#me = me;
  }

  record(taped: Taped): void {
    const { kind } = taped.message;
    const kept = this.#byKind.get(kind) ?? [];
    this.#byKind.set(kind, kept);
    const seen = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, seen);
    if (kept.length < KEPT_PER_KIND) kept.push(taped);
    else if (this.#me.random.chance(KEPT_PER_KIND, seen))
      kept[this.#me.random.below(KEPT_PER_KIND)] = taped;
  }

  /** Something old, every kind alike. */
  draw(): Taped | null {
    const kinds = [...this.#byKind.values()];
    return kinds.length === 0 ? null : this.#me.random.pick(this.#me.random.pick(kinds));
  }
}

const REPLAY_EVERY_MS = 50;

/** Says again what anybody once said: to who heard it, to who did not, and to who said it. */
const replay: AttackKind = {
  name: 'replay',
  tries:
    'sends frames of this and older terms again, to anybody and to their own signers (M2, M4, M5)',
  make: (me) => {
    const tape = new Tape(me);
    let nextMs = 0;
    return {
      overhears: (from, to, message) => tape.record({ from, to: nodeAt(to), message }),
      acts: () => {
        if (me.nowMs < nextMs) return;
        nextMs = me.nowMs + REPLAY_EVERY_MS;
        const taped = tape.draw();
        if (taped === null) return;
        const { from, to, message } = taped;
        const who = me.random.pick([to, from, me.random.pick(me.mind.honest)]);
        if (who === me.id) return;
        me.note(`sends ${who} again the ${message.kind} of ${message.signed.signer}`);
        me.sendFalse(who, message);
      },
    };
  },
};

/**
 * A dead leader kept alive: the traitor stops leading, and its heartbeats, or those of a leader that fell silent, go
 * round and round.
 */
const ghost: AttackKind = {
  name: 'ghost',
  tries: "repeats a silent leader's last heartbeats for ever (M2: a sequence counts once)",
  make: (me) => {
    const heartbeats: AppendEntries[] = [];
    let newestMs = 0;
    let nextMs = 0;
    /** Of the term, it leads on for so many entries, then falls silent. */
    const leadsFor = me.random.between(1, 8);
    let led = { term: 0, entries: 0 };
    return {
      says: (out) => {
        if (out.message.kind !== 'append-entries') return [out];
        const { term, head } = out.message.signed.statement;
        if (led.term !== term) led = { term, entries: head.index };
        return head.index - led.entries < leadsFor ? [out] : [];
      },
      overhears: (from, _, message) => {
        if (message.kind !== 'append-entries' || message.signed.signer !== from) return;
        const { term, sequence } = message.signed.statement;
        const known = heartbeats.at(-1)?.signed.statement ?? { term: 0, sequence: 0 };
        // What it repeats itself is no news.
        if (term < known.term || (term === known.term && sequence <= known.sequence)) return;
        if (term > known.term) heartbeats.length = 0;
        newestMs = me.nowMs;
        heartbeats.push(message);
        if (heartbeats.length > GHOST_HEARTBEATS) heartbeats.shift();
      },
      acts: () => {
        const heartbeat = heartbeats.length === 0 ? null : me.random.pick(heartbeats);
        if (heartbeat === null || me.nowMs < nextMs || me.nowMs - newestMs < GHOST_AFTER_MS) return;
        nextMs = me.nowMs + REPLAY_EVERY_MS;
        const { signer, statement } = heartbeat.signed;
        me.note(`repeats ${statement.sequence} of ${signer}, silent in term ${statement.term}`);
        me.send('all', heartbeat);
      },
    };
  },
};

const GHOST_HEARTBEATS = 16;
const GHOST_AFTER_MS = 200;

/** Answers who is behind with the oldest proofs there are, or not at all. */
const staleProofs: AttackKind = {
  name: 'stale-proofs',
  tries: 'answers who is behind with old Proofs, or with none (M4, M5)',
  make: (me) => {
    const old: PeerMessage[] = [];
    const withholds = me.random.chance(1, 3);
    return {
      says: (out) => {
        if (out.message.kind !== 'proof') return [out];
        if (withholds || old.length === 0) {
          me.note(`keeps its Proof from ${out.to}`);
          return [];
        }
        me.note(`answers ${out.to} with an old Proof`);
        const { body } = me.random.pick(old) as Extract<PeerMessage, { kind: 'proof' }>;
        return [{ to: out.to, message: me.forge.body(me.id, { kind: 'proof', body }) }];
      },
      overhears: (_, __, message) => {
        if (
          message.kind === 'proof' &&
          old.length < OLD_PROOFS &&
          !me.mind.isTraitor(message.signed.signer)
        )
          old.push(message);
      },
    };
  },
};

const OLD_PROOFS = 8;

export const REPLAY: readonly AttackKind[] = [replay, ghost, staleProofs];
