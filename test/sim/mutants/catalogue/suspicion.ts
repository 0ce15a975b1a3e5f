/** Mutants of section 4: suspicion, terms, timers, and what waits. */
import type { Mutant } from '../mutant.ts';

export const SUSPICION: readonly Mutant[] = [
  {
    name: 'no-silent-timer',
    rule: 'S1',
    why: 'a leader that is gone is replaced',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: 'const silent = isSilent(s);',
        replace: 'const silent = isSilent(s) && s.term < 0;',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'no-stalled-timer',
    rule: 'S1',
    why: 'a leader that keeps heartbeating and orders nothing is replaced',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: 'const stalled = isStalled(s);',
        replace: 'const stalled = isStalled(s) && s.term < 0;',
      },
    ],
    seeds: 40,
    fixed: { nodes: 4, traitors: 1, attacks: ['starve'], stormMs: 4_000 },
  },
  {
    name: 'rogue-tolerated',
    rule: 'S1',
    why: 'a leader that broke the protocol under its signature is replaced',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: "suspect(s, (s.term + 1) as Term, 'rogue');",
        replace: "suspect(s, (s.term - 1) as Term, 'rogue');",
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate'], stormMs: 4_000 },
  },
  {
    name: 'resigns-to-anybody',
    rule: 'S1',
    why: 'a traitor does not choose itself as its successor',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: 'if (statement.wanted === s.term + 1) return',
        replace: 'if (statement.wanted > s.term) return',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['inflate'], stormMs: 4_000 },
  },
  {
    name: 'nobody-joins',
    rule: 'S1',
    why: 'whom a leader serves well helps those whom it leaves out',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: "suspect(s, blockingValue(sets, valueOf) as Term, 'joined');",
        replace: "if (s.term < 0) suspect(s, blockingValue(sets, valueOf) as Term, 'joined');",
      },
    ],
    seeds: 100,
    open: 'clients that get no answer ask every node, so every honest voter has a timer of its own',
    fixed: { nodes: 4, traitors: 1, attacks: ['dark'], stormMs: 4_000 },
  },
  {
    name: 'joined-at-f',
    rule: 'S1',
    why: 'f traitors alone move no honest voter to suspect',
    edits: [
      {
        file: 'consensus/model/quorum.ts',
        find: 'lowest = Math.min(lowest, kthHighest(set, blockingSize(set.length, faults), valueOf));',
        replace:
          'lowest = Math.min(lowest, kthHighest(set, Math.max(1, faults(set.length)), valueOf));',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['want-terms'], stormMs: 4_000 },
  },
  {
    name: 'no-suspicion-quorum',
    rule: 'S2',
    why: 'one voter opens no terms',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: 'const wanted = quorumValue(sets, valueOf) as Term;',
        replace: 'const wanted = Math.max(...s.order.map(valueOf)) as Term;',
      },
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: "import { blockingValue, quorumValue } from '../model/quorum.ts';",
        replace: "import { blockingValue } from '../model/quorum.ts';",
      },
      {
        file: 'consensus/tangaroa/term.ts',
        find: 'return quorumValue(s.configuration.sets, (id) => wanted.get(id) ?? 0) as Term;',
        replace: 'return Math.max(0, ...wanted.values()) as Term;',
      },
      {
        file: 'consensus/tangaroa/term.ts',
        find: "import { quorumValue } from '../model/quorum.ts';\n",
        replace: '',
      },
      {
        file: 'crypto/certificates.ts',
        find: 'return fault ?? checkQuorum(suspects, signatures, budget);',
        replace:
          'return fault ?? firstFault(suspects, (signed) => signatures.voter(signed, budget));',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['want-terms'], stormMs: 4_000 },
  },
  {
    name: 'suspicion-kept-whole',
    rule: 'S2',
    why: 'what a traitor puts beside the proof of a term spoils no candidate of it',
    edits: [
      {
        file: 'consensus/tangaroa/term.ts',
        find: 'certificate.suspects.filter(({ statement }) => statement.wanted >= term)',
        replace: 'certificate.suspects.filter(({ statement }) => statement.wanted > 0)',
      },
    ],
    seeds: 0,
  },
  {
    name: 'unbounded-wanted-term',
    rule: 'S2',
    why: 'f voters do not choose which term a quorum enters',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: "enterTerm(s, wanted, { type: 'suspicion', certificate: { suspects } });",
        replace: `const highest = Math.max(...suspects.map(({ statement }) => statement.wanted)) as Term;
  enterTerm(s, highest, { type: 'suspicion', certificate: { suspects } });`,
      },
      {
        file: 'consensus/tangaroa/term.ts',
        find: 'return quorumValue(s.configuration.sets, (id) => wanted.get(id) ?? 0) as Term;',
        replace: 'return Math.max(0, ...wanted.values()) as Term;',
      },
      {
        file: 'consensus/tangaroa/term.ts',
        find: "import { quorumValue } from '../model/quorum.ts';\n",
        replace: '',
      },
      {
        file: 'crypto/certificates.ts',
        find: 'if (statement.wanted < term) return invalid',
        replace: 'if (statement.wanted < 0) return invalid',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['want-terms'], stormMs: 4_000 },
  },
  {
    name: 'timeout-never-doubles',
    rule: 'S3',
    why: 'a slow network gets the time that it needs',
    edits: [
      {
        file: 'consensus/tangaroa/term.ts',
        find: 's.backoff = Math.min(s.backoff + 1, limits.backoffMax);',
        replace: 's.backoff = Math.min(s.backoff, limits.backoffMax);',
      },
    ],
    seeds: 20,
    fixed: { nodes: 4, traitors: 0, stormMs: 2000, healedDelayMs: 1000 },
  },
  {
    name: 'old-requests-depose-at-once',
    rule: 'S3',
    why: 'a new leader gets the request timeout for what waits already',
    edits: [
      {
        file: 'consensus/tangaroa/suspicion.ts',
        find: 'const since = Math.max(oldest, s.enteredAtMs);',
        replace: 'const since = Math.min(oldest, s.now.monotonicMs);',
      },
    ],
    seeds: 100,
    open: 'the timeout outgrows the age of what waits (S3): a matter of time alone',
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'forwarded-once',
    rule: 'S4',
    why: 'what a leader did not order, or a link lost, goes to the next one',
    edits: [
      {
        file: 'consensus/pool/lanes.ts',
        find: 'if (atMs > sinceMs) break;\n      yield pending;',
        replace: 'if (atMs > Math.min(0, sinceMs)) break;\n      yield pending;',
      },
    ],
    seeds: 100,
    open: 'clients that get no answer ask the leader as well; it takes clients that reach some nodes alone',
    fixed: { nodes: 4, traitors: 1, attacks: ['starve'], stormMs: 4_000 },
  },
  {
    name: 'former-leader-keeps-requests',
    rule: 'S1, S4',
    why: 'a former leader does not call its successors stalled for what others forwarded to it',
    edits: [
      {
        file: 'consensus/tangaroa/term.ts',
        find: "if (s.role.type === 'follower') s.pool.dropForeign();",
        replace: "if (s.role.type === 'follower' && s.term < 0) s.pool.dropForeign();",
      },
      {
        file: 'consensus/pool.ts',
        find: 'for (const { arrivedAtMs } of this.#own.values()) return arrivedAtMs;',
        replace: 'for (const { arrivedAtMs } of this.#byDigest.values()) return arrivedAtMs;',
      },
    ],
    seeds: 100,
    open: 'false suspicions, and longer timeouts for them: a matter of time alone',
    fixed: { nodes: 4, traitors: 1, attacks: ['stall'], stormMs: 4_000 },
  },
  {
    name: 'forwards-without-count',
    rule: 'S4, L2',
    why: 'many small requests that wait for a leader make no message that its receiver calls malformed',
    edits: [
      {
        file: 'consensus/pool/lanes.ts',
        find: 'bytes > bytesMax || due.length >= limits.requestsPerBatchTarget;',
        replace: 'bytes > bytesMax;',
      },
    ],
    seeds: 100,
    open: 'it takes more than 512 requests that wait for one leader; test/tangaroa/pool.test.ts has them',
  },
  {
    name: 'void-requests-wait',
    rule: 'S1, C2',
    why: 'a client that uses a number twice deposes nobody',
    edits: [
      {
        file: 'consensus/pool.ts',
        find: 'if (overlaps || first <= done.floor) this.#remove(pending);',
        replace: 'if (overlaps && first <= 0n) this.#remove(pending);',
      },
    ],
    seeds: 100,
    open: 'false suspicions, and longer timeouts for them: others are served all the same, late',
  },
  {
    name: 'resigned-for-ever',
    rule: 'S1',
    why: 'who handed one term over leads its later ones',
    edits: [{ file: 'consensus/tangaroa/term.ts', find: '  s.transfer = null;\n', replace: '' }],
    seeds: 30,
  },
];
