/** Mutants of sections 1 and 2: quorums, statements, what is repeated. */
import type { Mutant } from '../mutant.ts';

export const MESSAGES: readonly Mutant[] = [
  {
    name: 'quorum-f-plus-1',
    rule: 'section 1',
    why: 'two quorums share an honest voter',
    edits: [
      {
        file: 'consensus/model/quorum.ts',
        find: 'return Math.floor((voters + faults(voters)) / 2) + 1;',
        replace: 'return faults(voters) + 1;',
      },
    ],
    seeds: 20,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'quorum-of-a-majority',
    rule: 'section 1',
    why: 'two quorums share f+1 voters, not a traitor alone',
    edits: [
      {
        file: 'consensus/model/quorum.ts',
        find: 'return Math.floor((voters + faults(voters)) / 2) + 1;',
        replace: 'return Math.floor((voters + 0 * faults(voters)) / 2) + 1;',
      },
    ],
    seeds: 40,
    fixed: { nodes: 5, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'duplicate-signers',
    rule: 'section 1',
    why: 'a tally counts signers, never messages',
    edits: [
      {
        file: 'crypto/certificates.ts',
        find: 'if (signer <= last)',
        replace: 'if (signer < last)',
      },
      {
        file: 'crypto/certificates.ts',
        find: 'if (!isQuorum(signatures.keyring.sets, signers))',
        replace:
          'if (signatures.keyring.sets.some((set) => items.length < quorumSize(set.length)))',
      },
      {
        file: 'crypto/certificates.ts',
        find: 'import { isQuorum } from',
        replace: 'import { quorumSize } from',
      },
      {
        file: 'wire/certificate.ts',
        find: 'if (next.signer <= before.signer)',
        replace: 'if (next.signer < before.signer)',
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['relabel'], stormMs: 4000 },
  },
  {
    name: 'kinds-not-signed',
    rule: 'M1',
    why: 'a statement of one kind is not sold as one of another',
    edits: [
      {
        file: 'consensus/model/statement.ts',
        find: '.u8(STATEMENT_CODE[statement.kind])',
        replace: '.u8(0)',
      },
    ],
    seeds: 100,
    open: 'of the kinds that a traitor could relabel (vote, refusal, request) each names a base that its signer is bound to: no run is hurt',
    fixed: { nodes: 4, traitors: 1, attacks: ['relabel'], stormMs: 4_000 },
  },
  {
    name: 'heartbeat-sequence-ignored',
    rule: 'M2',
    why: 'an old heartbeat keeps no dead leader alive',
    edits: [
      {
        file: 'consensus/tangaroa/append.ts',
        find: 'if (statement.sequence > s.leader.sequence) {',
        replace: 'if (statement.sequence > 0) {',
      },
      {
        file: 'consensus/tangaroa/wants.ts',
        find: 'commits || statement.sequence > s.leader.sequence',
        replace: 'commits || statement.sequence > 0',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['ghost'], stormMs: 4_000 },
  },
  {
    name: 'nothing-said-again',
    rule: 'M3',
    why: 'what was lost, with a message or with a link, is said again until it has served',
    edits: [
      {
        file: 'consensus/tangaroa/core.ts',
        find: `  resendResponse(s, peer);
  resend(s, peer);
`,
        replace: `  if (peer === s.self) resendResponse(s, peer);
`,
      },
      {
        file: 'consensus/tangaroa/core.ts',
        find: `  if (s.role.type !== 'leader') return;
  if (s.role.termAppend !== null)`,
        replace: `  if (s.role.type !== 'leader' || peer !== s.self) return;
  if (s.role.termAppend !== null)`,
      },
      {
        file: 'consensus/tangaroa/append.ts',
        find: 'if ((stuck || ahead) && s.acceptance.response !== null) {',
        replace: 'if (stuck && ahead && s.acceptance.response !== null) {',
      },
      {
        file: 'consensus/tangaroa/lead.ts',
        find: 'if (committed === s.leader.committedAtHeartbeat && role.tip.index > committed) {',
        replace: 'if (committed > s.leader.committedAtHeartbeat && role.tip.index < committed) {',
      },
      {
        file: 'consensus/tangaroa/core.ts',
        find: `    resend(s, 'all');
`,
        replace: '',
      },
    ],
    seeds: 40,
    fixed: {
      nodes: 4,
      traitors: 1,
      attacks: ['silent'],
      stormMs: 4000,
      without: ['rogue-clients'],
    },
  },
  {
    name: 'no-resend-after-reconnect',
    rule: 'M3',
    why: 'what was lost with a link is said again',
    edits: [
      {
        file: 'consensus/tangaroa/core.ts',
        find: '  resendResponse(s, peer);\n  resend(s, peer);\n',
        replace: '  if (peer === s.self) resendResponse(s, peer);\n',
      },
      {
        file: 'consensus/tangaroa/core.ts',
        find: "  if (s.role.type !== 'leader') return;\n  if (s.role.termAppend !== null)",
        replace:
          "  if (s.role.type !== 'leader' || peer !== s.self) return;\n  if (s.role.termAppend !== null)",
      },
    ],
    seeds: 100,
    open: 'what heartbeats repeat (M3) makes up for it; it saves a heartbeat interval',
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'no-resend-without-progress',
    rule: 'M3',
    why: 'a lost Response does not stop the log',
    edits: [
      {
        file: 'consensus/tangaroa/append.ts',
        find: 'if ((stuck || ahead) && s.acceptance.response !== null) {',
        replace: 'if (stuck && ahead && s.acceptance.response !== null) {',
      },
      {
        file: 'consensus/tangaroa/lead.ts',
        find: 'if (committed === s.leader.committedAtHeartbeat && role.tip.index > committed) {',
        replace: 'if (committed > s.leader.committedAtHeartbeat && role.tip.index < committed) {',
      },
    ],
    seeds: 100,
    open: 'a new term makes up for it, once the request timeout is over',
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'suspects-said-once',
    rule: 'M3',
    why: 'a lost Suspect does not keep a term from opening',
    edits: [
      {
        file: 'consensus/tangaroa/core.ts',
        find: "    resend(s, 'all');\n",
        replace: '',
      },
    ],
    seeds: 100,
    open: 'in a whole network the Suspects of the next term are heard; it takes one that goes on losing them',
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'old-bundle-accepted',
    rule: 'M4, E5',
    why: 'a bundle proves the leader of its own term, not of a later one',
    edits: [
      {
        file: 'consensus/tangaroa/term.ts',
        find: 'if (vote.epoch !== s.epoch || vote.term < s.term) return;',
        replace: 'if (vote.epoch !== s.epoch) return;',
      },
      {
        file: 'consensus/tangaroa/append.ts',
        find: 'header.epoch === s.epoch && header.term >= s.term',
        replace: 'header.epoch === s.epoch',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['unelected'], stormMs: 4_000 },
  },
  {
    name: 'no-proof-for-the-stale',
    rule: 'M5',
    why: 'a voter that missed an election finds its way into the term',
    edits: [
      {
        file: 'consensus/tangaroa/term.ts',
        find: "send(s, peer, s.deps.signBody({ kind: 'proof', body }), s.termTicket);",
        replace: "s.deps.signBody({ kind: 'proof', body });",
      },
    ],
    seeds: 100,
    open: 'RequestVotes, bundles and commit certificates that are said again (M3), and `joined` (S1), lead there too',
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'signatures-unchecked',
    rule: 'M1, L3',
    why: 'nobody speaks for another',
    edits: [
      {
        file: 'crypto/signatures.ts',
        find: 'if (!this.#ed25519.verify(signature, bytes, key, budget))',
        replace: 'if (bytes.length === 0 && !this.#ed25519.verify(signature, bytes, key, budget))',
      },
    ],
    seeds: 40,
    fixed: { nodes: 4, traitors: 1, attacks: ['relabel'], stormMs: 4000 },
  },
];
