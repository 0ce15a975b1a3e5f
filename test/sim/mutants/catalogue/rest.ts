/** Mutants of sections 7, 10 and 12: clients, disks, fetching. */
import type { Mutant } from '../mutant.ts';

export const REST: readonly Mutant[] = [
  {
    // Clients take the number from here, in src/client as in the simulator.
    name: 'one-reply-believed',
    rule: 'C3',
    why: 'what one node says is no result',
    edits: [
      {
        file: 'consensus/model/quorum.ts',
        find: 'return faults(voters) + 1;',
        replace: 'return Math.min(1, faults(voters) + 1);',
      },
      {
        file: 'consensus/model/quorum.ts',
        find: 'kthHighest(set, blockingSize(set.length, faults), valueOf)',
        replace: 'kthHighest(set, faults(set.length) + 1, valueOf)',
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['lie'], stormMs: 4000 },
  },
  {
    name: 'repeats-executed-again',
    rule: 'C2',
    why: 'a request that is ordered twice is executed once',
    edits: [
      {
        file: 'machine/session.ts',
        find: 'if (used === undefined || used.first >= first + BigInt(count)) return NEW;',
        replace: 'if (used === undefined || used.first > 0n) return NEW;',
      },
    ],
    seeds: 40,
  },
  {
    name: 'acknowledged-repeats-executed',
    rule: 'C2',
    why: 'what a client has acknowledged is not executed again, however late it is ordered',
    edits: [
      {
        file: 'machine/session.ts',
        find: 'if (first <= this.#floor) return TOO_OLD;',
        replace: 'if (first <= 0n) return TOO_OLD;',
      },
    ],
    seeds: 100,
  },
  {
    name: 'session-window-off-by-one',
    rule: 'C2',
    why: 'a session keeps no more than its window',
    edits: [
      {
        file: 'machine/session.ts',
        find: 'last <= acknowledged + BigInt(limits.sessionWindow);',
        replace: 'last <= acknowledged + BigInt(limits.sessionWindow) + 1n;',
      },
      {
        file: 'crypto/entries.ts',
        find: 'lastNumber(statement) > statement.acknowledged + BigInt(limits.sessionWindow)',
        replace:
          'lastNumber(statement) > statement.acknowledged + BigInt(limits.sessionWindow) + 1n',
      },
    ],
    seeds: 100,
  },
  {
    name: 'accepted-position-forgotten',
    rule: 'V3, D1',
    why: 'a voter that restarts accepts no second chain in its term',
    edits: [
      {
        file: 'consensus/tangaroa/restore.ts',
        find: 'if (recovered.accepted?.term === term) restoreAcceptance',
        replace: 'if (recovered.accepted?.term === term && term < 0) restoreAcceptance',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'term-forgotten',
    rule: 'D1',
    why: 'a voter that restarts takes no part in a term that it has left',
    edits: [
      {
        file: 'consensus/tangaroa/restore.ts',
        find: 'const term = recovered.term?.term ?? firstTerm;',
        replace: 'const term = firstTerm;',
      },
    ],
    seeds: 40,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'failed-write-ignored',
    rule: 'D1',
    why: 'a node whose disk failed says nothing any more',
    edits: [
      {
        file: 'host/group-writer.ts',
        find: `        this.#state = 'failed';
        this.#waiting = [];
        this.#deps.onFailure(error);`,
        replace: `        this.#state = error === null ? 'failed' : 'idle';
        this.#durable = ticket;
        this.#deps.onDurable(ticket);`,
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4000 },
  },
  {
    name: 'log-not-synced',
    rule: 'D1',
    why: 'what was written survives a loss of power',
    edits: [
      {
        file: 'node/level-log.ts',
        find: 'await batch.write({ sync: true });',
        replace: 'await batch.write({ sync: false });',
      },
      {
        file: 'node/level-log.ts',
        find: 'this.#mark.advance(this.#writes);',
        replace: 'if (this.#writes < 0) this.#mark.advance(this.#writes);',
      },
    ],
    seeds: 40,
  },
  {
    name: 'fetch-unproven-held',
    rule: 'N2, D3',
    why: 'nothing that is not proven is held while a gap is filled',
    edits: [
      {
        file: 'consensus/tangaroa/fetched.ts',
        find: 'const usable = body.entries.filter(({ header }) => header.index <= proven.any);',
        replace: 'const usable = body.entries.filter(({ header }) => header.index > 0);',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['poison'], stormMs: 4000 },
  },
  {
    name: 'nothing-is-fetched',
    rule: 'N2',
    why: 'whom a leader leaves out, or a crash set back, catches up',
    edits: [
      {
        file: 'consensus/tangaroa/fetch.ts',
        find: 'const open = lacksNothing(s) ? [] : needs(s);',
        replace: 'const open = lacksNothing(s) || s.term > 0 ? [] : needs(s);',
      },
    ],
    seeds: 20,
  },
  {
    name: 'needs-do-not-take-turns',
    rule: 'E3',
    why: 'what traitors show and nobody serves keeps nothing else waiting',
    edits: [
      {
        file: 'consensus/tangaroa/fetch.ts',
        find: 'const need = open[f.questions % open.length];',
        replace: 'const need = open[0];',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4_000 },
  },
  {
    name: 'needs-wait-for-answers',
    rule: 'E3',
    why: 'a prefix that is served an entry at a time keeps nothing else waiting',
    edits: [
      {
        file: 'consensus/tangaroa/fetch.ts',
        find: 'const need = open[f.questions % open.length];',
        replace: 'const need = open[f.turn % open.length];',
      },
    ],
    seeds: 0,
  },
  {
    name: 'refuser-not-asked-first',
    rule: 'E3',
    why: 'what an honest voter refused with is fetched from it while the term lasts',
    edits: [
      {
        file: 'consensus/tangaroa/fetch.ts',
        find: 'if (turn === 0 || !starts.has(keyOf(need, need.peer))) return need.peer;',
        replace: 'if (turn === 0 && starts.size >= 0) return need.peer;',
      },
    ],
    seeds: 0,
  },
  {
    name: 'unasked-answers-count',
    rule: 'E3, N2',
    why: 'a flood of answers to no question does not put off the next question for ever',
    edits: [
      {
        file: 'consensus/tangaroa/fetched.ts',
        find: 'if (isAnswer) useless(s, from);',
        replace: 'if (f.open === null) useless(s, from);',
      },
      {
        file: 'consensus/tangaroa/fetched.ts',
        find: 'return open?.peer === from || bringsNews(s, body);',
        replace: 'return open === null || open.peer.length > 0 || bringsNews(s, body);',
      },
    ],
    seeds: 0,
  },
  {
    name: 'peers-do-not-take-turns',
    rule: 'N2, E3',
    why: 'one peer that withholds, or gives an entry at a time, keeps nobody behind',
    edits: [
      {
        file: 'consensus/tangaroa/fetch.ts',
        find: 'return others[(questions + Math.floor(questions / others.length)) % others.length] ?? null;',
        replace: 'return others[Math.min(0, questions)] ?? null;',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4_000 },
  },
  {
    name: 'any-certificate-proves-an-answer',
    rule: 'E5',
    why: 'what a fetch brings is committed by the certificate that its headers reach, and by no other',
    edits: [
      {
        file: 'consensus/tangaroa/fetched.ts',
        find: 'const certificate = proves ? commit : s.commitTarget;',
        replace: 'const certificate = proves ? commit : (commit ?? s.commitTarget);',
      },
    ],
    seeds: 100,
    open: 'it takes two bundles in a term, and an old certificate beside a right answer',
    fixed: { nodes: 4, traitors: 1, attacks: ['two-bases', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'waiting-responses-without-bound',
    rule: 'N4',
    why: 'Responses that cannot be placed do not fill memory',
    edits: [
      {
        file: 'consensus/tangaroa/tally.ts',
        find: 'if (tally.waiting.length > limits.unplacedPerVoterMax) tally.waiting.shift();',
        replace:
          'if (tally.waiting.length > 1e9 * limits.unplacedPerVoterMax) tally.waiting.shift();',
      },
    ],
    seeds: 0,
    tests: ['test/tangaroa/bounds.test.ts'],
  },
  {
    name: 'held-without-bound',
    rule: 'D3',
    why: 'what a leader sends does not fill memory',
    edits: [
      {
        file: 'consensus/tangaroa/chain.ts',
        find: 'return this.#held.size >= limits.heldEntriesMax || this.#heldBytes >= limits.heldBytesMax;',
        replace: 'return this.#held.size < 0;',
      },
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'return (floor + limits.acceptAheadMax) as LogIndex;',
        replace: 'return (floor + 1e9 * limits.acceptAheadMax) as LogIndex;',
      },
    ],
    seeds: 100,
    open: 'no leader sends thousands of entries within a storm',
    fixed: { nodes: 4, traitors: 1, attacks: ['flood'], stormMs: 4_000 },
  },
  {
    name: 'reused-number-answered',
    rule: 'C2',
    why: 'two commands under one number are not taken for one',
    edits: [
      {
        file: 'machine/session.ts',
        find: 'used.first === first && used.digest === digest',
        replace: "used.first === first && digest !== ''",
      },
    ],
    seeds: 60,
  },
];
