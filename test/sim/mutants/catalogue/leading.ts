/** Mutants of the end of section 5: what a new leader drops, and candidates that crash. */
import type { Mutant } from '../mutant.ts';

export const LEADING: readonly Mutant[] = [
  {
    name: 'truncation-below-commit',
    rule: 'E5',
    why: 'what is committed is never given up, whoever leads',
    edits: [
      {
        file: 'consensus/tangaroa/chain.ts',
        find: 'return hash === above.hash ? entries.reverse() : null;',
        replace: "return hash !== '' ? entries.reverse() : null;",
      },
      {
        file: 'consensus/tangaroa/chain.ts',
        find: 'return this.isCommitted(position) === true || this.#held.has(position.hash);',
        replace: 'return this.isCommitted(position) !== null || this.#held.has(position.hash);',
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4000 },
  },
  {
    name: 'no-linked-fork-patience',
    rule: 'E5',
    why: 'a voter that accepted the chain that lost is not stopped by the first part of the one that won',
    edits: [
      {
        file: 'consensus/tangaroa/commit.ts',
        find: 'if (rankOf(certificate).term !== s.term) haltConflict(s, position, certificate);',
        replace: 'haltConflict(s, position, certificate);',
      },
    ],
    seeds: 100,
    open: 'it takes two bundles in a term, and the chain that won fetched in parts by who was on the other',
    fixed: { nodes: 4, traitors: 1, attacks: ['two-bases', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'asks-before-durable',
    rule: 'E6',
    why: 'a candidate that crashed does not lead its term twice',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: "send(s, 'all', role.request, s.ticket);",
        replace: "send(s, 'all', role.request);",
      },
      {
        file: 'consensus/tangaroa/election.ts',
        find: "if (s.role.type !== 'candidate' || s.termTicket > s.durable) return false;",
        replace: "if (s.role.type !== 'candidate') return false;",
      },
      {
        file: 'consensus/tangaroa/lead.ts',
        find: "  role.lastAppendMs = s.now.monotonicMs;\n  send(s, 'all', message, s.termTicket);",
        replace: "  role.lastAppendMs = s.now.monotonicMs;\n  send(s, 'all', message);",
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['echo'], stormMs: 4_000 },
  },
  {
    name: 'restarted-candidate-asks',
    rule: 'E6',
    why: 'what a candidate broadcast and its disk lost is not contradicted by itself',
    edits: [
      {
        file: 'consensus/tangaroa/core.ts',
        find: '  else resignTerm(s);\n',
        replace: `  else if (candidateOf(s, s.term) === s.self)
    s.role = {
      type: 'candidate',
      base: s.lock,
      request: null,
      asked: new Set(),
      votes: new Map(),
      heeded: new Map(),
    };
`,
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['echo'], stormMs: 4_000 },
  },
  {
    name: 'waiting-head-pruned',
    rule: 'N2',
    why: 'entries that wait for a slow clock stay when something else commits: their leader is not rogue',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: '    if (signed !== null) tips.push(signed.statement.head);',
        replace:
          '    if (signed !== null && signed.statement.head.index < 0) tips.push(signed.statement.head);',
      },
    ],
    seeds: 40,
  },
  {
    name: 'asks-again-without-suspicion',
    rule: 'E2',
    why: 'a candidate that asks again is understood by who was shown nothing before',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'suspicion: role.request?.suspicion ?? suspicionOf(s),',
        replace: 'suspicion: suspicionOf(s),',
      },
    ],
    seeds: 300,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld', 'other-bundle', 'poison'] },
  },
];
