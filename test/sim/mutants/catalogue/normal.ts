/** Mutants of section 3: proposing, accepting, certificates, committing. */
import type { Mutant } from '../mutant.ts';

export const NORMAL: readonly Mutant[] = [
  {
    name: 'leader-clock-alone',
    rule: 'N1',
    why: 'time in the log does not run backwards when a clock does',
    edits: [
      {
        file: 'consensus/tangaroa/lead.ts',
        find: 'timestamp: Math.max(s.now.wallMs, timestampAt(s, previous)),',
        replace: 'timestamp: Math.max(s.now.wallMs, 0 * timestampAt(s, previous)),',
      },
    ],
    seeds: 20,
  },
  {
    name: 're-accept-in-one-term',
    rule: 'N2',
    why: 'certificates of one term lie on one chain',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'if (position.index > s.chain.committed.index) return s.chain.ascend(head, position);',
        replace: `if (position.index > s.chain.committed.index) {
    const rest = s.chain.ascend(head, position);
    if (rest !== null) return rest;
    return (s.chain.ascend(head) ?? []).filter(({ header }) => header.term === s.term);
  }`,
      },
      {
        file: 'consensus/tangaroa/accept.ts',
        find: "if ((header.kind === 'term') !== (first && i === 0)) {",
        replace: "if (first && (header.kind === 'term') !== (i === 0)) {",
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4000 },
  },
  {
    name: 'timestamp-unchecked',
    rule: 'N2',
    why: "no leader moves the log's time ahead of everybody's clock",
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'if (header.timestamp > Math.max(latest, parent)) waits = true;',
        replace: 'if (header.timestamp > Math.max(latest, parent)) waits = false;',
      },
    ],
    seeds: 200,
    fixed: { nodes: 4, traitors: 1, attacks: ['mangle'], stormMs: 4000 },
  },
  {
    name: 'fast-clock-is-rogue',
    rule: 'N2',
    why: 'whose clock is wrong nobody knows: a failing drift test means wait',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'if (header.timestamp > Math.max(latest, parent)) waits = true;',
        replace:
          "if (header.timestamp > Math.max(latest, parent)) return { fault: 'a timestamp from the future' };",
      },
    ],
    seeds: 40,
  },
  {
    name: 'clocks-set-back-stop-the-log',
    rule: 'N2',
    why: "an entry that repeats its parent's timestamp moves nothing ahead",
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'if (header.timestamp > Math.max(latest, parent)) waits = true;',
        replace: 'if (header.timestamp > latest) waits = true;',
      },
    ],
    seeds: 100,
    open: 'a storm sets every clock right at its end; it takes one that leaves them all set back',
  },
  {
    name: 'client-signature-unchecked',
    rule: 'N2, C1',
    why: 'no leader forges or alters a request',
    edits: [
      {
        file: 'crypto/entries.ts',
        find: 'return signatures.client(statement, signature, budget);',
        replace:
          'return signature.length > 0 ? null : signatures.client(statement, signature, budget);',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['mangle'], stormMs: 4_000 },
  },
  {
    name: 'certified-does-not-count',
    rule: 'N2',
    why: 'whom a leader showed the chain that lost follows the one that was certified',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'if (!s.voter || covered) {',
        replace: 'if (!s.voter || covered || before.index > 0) {',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'send-before-sync',
    rule: 'N3',
    why: 'nothing is sent before what it promises is durable',
    edits: [
      {
        file: 'host/outbox.ts',
        find: 'if (effect.after !== null && effect.after > durable) this.#hold(effect);',
        replace: 'if (effect.after !== null && effect.after < durable - 1e9) this.#hold(effect);',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['echo'], stormMs: 4_000 },
  },
  {
    name: 'accepted-not-durable',
    rule: 'N3',
    why: 'a crash takes nothing away that a quorum has accepted',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 's.acceptance.accepting.push({ ticket, position });',
        replace: 's.acceptance.accepting.push({ ticket: 0 * ticket, position });',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['echo'], stormMs: 4_000 },
  },
  {
    name: 'one-phase-commit',
    rule: 'N4',
    why: 'the next leader hears of what one node has committed',
    edits: [
      {
        file: 'consensus/tangaroa/tally.ts',
        find: "(phase === 'prepare' ? tally?.accepted : tally?.prepared)?.index",
        replace: "(phase === 'prepare' ? tally?.accepted : tally?.accepted)?.index",
      },
      {
        file: 'consensus/tangaroa/tally.ts',
        find: ".map((tally) => (phase === 'prepare' ? tally.accepted : tally.prepared))",
        replace: '.map((tally) => tally.accepted)',
      },
      {
        file: 'crypto/certificates.ts',
        find: "const counted = certificate.phase === 'prepare' ? statement.accepted : statement.prepared;",
        replace: 'const counted = statement.accepted;',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['equivocate', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'certificate-not-durable',
    rule: 'N4',
    why: 'a crash takes no certificate away that a Response has named',
    edits: [
      {
        file: 'consensus/tangaroa/commit.ts',
        find: 's.acceptance.preparing.push({ ticket: s.ticket, position: base.position });',
        replace: 's.acceptance.preparing.push({ ticket: 0, position: base.position });',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['echo'], stormMs: 4_000 },
  },
  {
    name: 'count-older-terms',
    rule: 'N5',
    why: 'an entry of an earlier term is never certified by counting (figure 8)',
    edits: [
      {
        file: 'consensus/tangaroa/tally.ts',
        find: 'if (first === null || first.header.term !== term) return null;',
        replace: 'if (first === null || first.header.term > term) return null;',
      },
      {
        file: 'crypto/certificates.ts',
        find: 'statement.epoch !== epoch || statement.term !== term',
        replace: 'statement.epoch !== epoch || statement.term < term',
      },
      {
        file: 'consensus/tangaroa/commit.ts',
        find: 'if (prepare !== null && learnBase(s, baseOf(prepare))) return true;',
        replace: `if (prepare !== null && learnBase(s, baseOf(prepare))) return true;
  const older = prepare === null ? null : certifiedPosition(prepare);
  if (older !== null && older.index > s.acceptance.durablePrepared.index) {
    s.acceptance.durablePrepared = older;
    return true;
  }`,
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['claim-commit', 'withheld'], stormMs: 4_000 },
  },
  {
    name: 'certificate-below-base',
    rule: 'N5',
    why: 'Responses of one term are no certificate for an index below its base',
    edits: [
      {
        file: 'consensus/model/certificate.ts',
        find: 'const { epoch, term, index } = firstHeader(certificate);',
        replace: `const { epoch, index } = firstHeader(certificate);
  const term = certificate.responses[0]?.statement.term ?? firstHeader(certificate).term;`,
      },
      {
        file: 'consensus/tangaroa/tally.ts',
        find: 'if (first === null || first.header.term !== term) return null;',
        replace: 'if (first === null || first.header.term > term) return null;',
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['below-base', 'vote-all'], stormMs: 4000 },
  },
  {
    name: 'unbounded-certificate-headers',
    rule: 'N5',
    why: 'a certificate is as small as anybody who gets it demands',
    edits: [
      {
        file: 'consensus/tangaroa/tally.ts',
        find: 'if (highest - index + 1 > limits.certificateHeadersMax) return null;',
        replace: 'if (highest - index + 1 > 1e6 * limits.certificateHeadersMax) return null;',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['flood', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'commits-before-durable',
    rule: 'N6',
    why: 'what is applied is on the disk here',
    edits: [
      {
        file: 'consensus/tangaroa/commit.ts',
        find: 'if (!s.chain.holds(position) || s.chain.ticketOf(position) > s.durable) return false;',
        replace: 'if (!s.chain.holds(position)) return false;',
      },
    ],
    seeds: 40,
  },
  {
    name: 'prepare-sold-as-commit',
    rule: 'N4',
    why: 'what a quorum accepted is not committed yet',
    edits: [
      {
        file: 'crypto/certificates.ts',
        find: "const counted = certificate.phase === 'prepare' ? statement.accepted : statement.prepared;",
        replace: `const counted =
      certificate.phase === 'prepare' || !isOnChain(links, statement.prepared)
        ? statement.accepted
        : statement.prepared;`,
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['claim-commit'], stormMs: 4000 },
  },
  {
    name: 'headers-no-chain',
    rule: 'N5',
    why: "a certificate's headers link what it certifies to what its signers named",
    edits: [
      {
        file: 'crypto/certificates.ts',
        find: 'if (!isChain(links)) return invalid("the certificate\'s headers are no chain");',
        replace: '',
      },
      {
        file: 'crypto/certificates.ts',
        find: 'import { isChain, isOnChain, linksOf }',
        replace: 'import { isOnChain, linksOf }',
      },
    ],
    seeds: 100,
    open: 'it takes an entry that the traitors made up, certified so, and served',
    fixed: { nodes: 4, traitors: 1, attacks: ['relabel'], stormMs: 4000 },
  },
  {
    name: 'responses-of-few',
    rule: 'N4, N5',
    why: 'a certificate is what a quorum signed',
    edits: [
      {
        file: 'crypto/certificates.ts',
        find: 'return checkCounted(certificate, links) ?? checkQuorum(certificate.responses, signatures, budget);',
        replace:
          'return checkCounted(certificate, links) ?? firstFault(certificate.responses, (signed) => signatures.voter(signed, budget));',
      },
    ],
    seeds: 40,
    fixed: { nodes: 4, traitors: 1, attacks: ['relabel'], stormMs: 4000 },
  },
  {
    name: 'leader-unproven',
    rule: 'N2, E5',
    why: 'nobody is followed that no quorum elected',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'if (signed === null || !s.leader.proven || !s.voter',
        replace: 'if (signed === null || !s.voter',
      },
      {
        file: 'consensus/tangaroa/append.ts',
        find: `  if (!s.leader.proven) return;
`,
        replace: '',
      },
    ],
    seeds: 100,
    open: 'the first entry of a term carries its bundle, and is checked for that (E4): one of two checks of the same thing',
    fixed: { nodes: 4, traitors: 1, attacks: ['unelected'], stormMs: 4000 },
  },
];
