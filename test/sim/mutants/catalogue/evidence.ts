/** Mutants of section 9: evidence. */
import type { Mutant } from '../mutant.ts';

export const EVIDENCE: readonly Mutant[] = [
  {
    name: 'contradictions-unseen',
    rule: 'V1',
    why: 'who signs two things for one index is convicted by whoever took both',
    edits: [
      {
        file: 'consensus/tangaroa/evidence.ts',
        find: 'if (signer === s.self) continue;',
        replace: "if (signer !== '') continue;",
      },
    ],
    seeds: 40,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate'], stormMs: 4_000 },
  },
  {
    name: 'evidence-without-contradiction',
    rule: 'V1',
    why: 'nobody is convicted of saying one thing twice',
    edits: [
      {
        file: 'crypto/evidence.ts',
        find: "if (firstHash === secondHash) return invalid('evidence without a contradiction');\n",
        replace: '',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['false-evidence'], stormMs: 4_000 },
  },
  {
    name: 'evidence-of-two-terms',
    rule: 'V1',
    why: 'nobody is convicted of what it accepted in another term',
    edits: [
      {
        file: 'crypto/evidence.ts',
        find: 'other.epoch !== epoch || one.term !== other.term)',
        replace: 'other.epoch !== epoch)',
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['false-evidence', 'withheld'], stormMs: 4000 },
  },
  {
    name: 'responses-along-chains',
    rule: 'V1, V3',
    why: 'a Response speaks of the indexes alone that it names',
    edits: [
      {
        file: 'crypto/evidence.ts',
        find: "if (testimony.signed.statement.kind === 'append-entries-response') return null;\n",
        replace: '',
      },
    ],
    seeds: 100,
    open: "it takes a voter that N2's exception has moved, and headers of both chains shown against it",
    fixed: { nodes: 4, traitors: 1, attacks: ['false-evidence', 'equivocate'], stormMs: 4_000 },
  },
  {
    name: 'names-an-index-twice',
    rule: 'V3',
    why: 'no honest node frames itself when a certificate moves it to another chain',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'return position.index > s.acceptance.silentUpTo ? position : NONE;',
        replace: 'return position.index > Math.min(0, s.acceptance.silentUpTo) ? position : NONE;',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'evidence-told-once',
    rule: 'V4',
    why: 'who was down when evidence was found has it all the same',
    edits: [
      {
        file: 'consensus/tangaroa/core.ts',
        find: '  owePeer(s, peer);\n',
        replace: '  if (peer === s.self) owePeer(s, peer);\n',
      },
    ],
    seeds: 0,
  },
  {
    name: 'evidence-told-for-ever',
    rule: 'V4',
    why: 'what a peer was told once since its link came up it is not told again',
    edits: [
      {
        file: 'consensus/tangaroa/evidence.ts',
        find: '{ first, told: told + 1, owed }',
        replace: '{ first: first + 1, told, owed }',
      },
    ],
    seeds: 0,
    tests: ['test/tangaroa/evidence-gossip.test.ts'],
  },
  {
    name: 'evidence-told-from-the-first',
    rule: 'V4',
    why: 'a link that fails again and again brings the last piece too',
    edits: [
      {
        file: 'consensus/tangaroa/evidence.ts',
        find: 'first: first + Math.min(told, 1)',
        replace: 'first: 0 * first * told',
      },
    ],
    seeds: 0,
    tests: ['test/tangaroa/evidence-gossip.test.ts'],
  },
  {
    name: 'evidence-in-common-room',
    rule: 'V4',
    why: 'what one traitor signs takes no room of the evidence against another',
    edits: [
      {
        file: 'consensus/tangaroa/evidence.ts',
        find: 's.evidence.filter((body) => body.culprit === culprit)',
        replace: 's.evidence.filter((body) => body.culprit === culprit || s.voter)',
      },
    ],
    seeds: 0,
    tests: ['test/tangaroa/evidence-gossip.test.ts'],
  },
  {
    name: 'evidence-without-bound',
    rule: 'V1, S1',
    why: 'contradictions without end do not fill the disk',
    edits: [
      {
        file: 'consensus/tangaroa/evidence.ts',
        find: 'return against.length >= limits.evidencePerCulpritMax;',
        replace: 'return against.length >= 1e9 * limits.evidencePerCulpritMax;',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['contradict'], stormMs: 4_000 },
  },
];
