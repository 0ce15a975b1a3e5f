/** Mutants of section 5: who may lead, on what base, and what a vote promises. */
import type { Mutant } from '../mutant.ts';

export const ELECTION: readonly Mutant[] = [
  {
    name: 'no-rotation',
    rule: 'E1',
    why: 'nobody rushes in where another is the candidate',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'if (!s.voter || signer !== candidateOf(s, s.term) || signer === s.self) return;',
        replace: 'if (!s.voter || signer === s.self) return;',
      },
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'baseKey, candidateOf, learnSuspicion',
        replace: 'baseKey, learnSuspicion',
      },
      {
        file: 'consensus/tangaroa/append.ts',
        find: 'if (statement.term !== s.term || signed.signer !== candidateOf(s, s.term)) return;',
        replace: 'if (statement.term !== s.term) return;',
      },
      {
        file: 'consensus/tangaroa/append.ts',
        find: 'askForProof, candidateOf, learnBundle',
        replace: 'askForProof, learnBundle',
      },
      {
        file: 'consensus/tangaroa/wants.ts',
        find: 'return statement.term < s.term || signer === candidateOf(s, statement.term);',
        replace: "return statement.term < s.term || signer !== '';",
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['rush-in'], stormMs: 4_000 },
  },
  {
    name: 'one-candidate-for-ever',
    rule: 'E1',
    why: 'a candidate that does nothing is followed by another',
    edits: [
      {
        file: 'consensus/tangaroa/term.ts',
        find: 'const turn = (term - s.firstTerm) % s.order.length;',
        replace: 'const turn = Math.min(0, term - s.firstTerm);',
      },
    ],
    seeds: 40,
    fixed: { nodes: 4, traitors: 1, attacks: ['silent'], stormMs: 4_000 },
  },
  {
    name: 'base-prefix-not-held',
    rule: 'E2',
    why: 'a leader has what it builds on',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: `compareRank(base.rank, best.rank) > 0 && s.chain.holds(base.position) ? base : best,`,
        replace: 'compareRank(base.rank, best.rank) > 0 ? base : best,',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4_000 },
  },
  {
    name: 'certificate-without-prefix',
    rule: 'E2',
    why: 'a certificate binds whoever can serve what it proves',
    edits: [
      {
        file: 'consensus/tangaroa/commit.ts',
        find: '  if (!s.chain.holds(base.position)) return false;\n  s.best = base;',
        replace: '  s.best = base;',
      },
    ],
    seeds: 100,
    open: 'whoever learns a certificate holds its prefix already (E2 is kept where bases are chosen)',
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4_000 },
  },
  {
    name: 'commit-proves-no-base',
    rule: 'E2',
    why: 'a node that knows of commits alone can be a candidate, and a voter',
    edits: [
      {
        file: 'consensus/tangaroa/commit.ts',
        find: 'if (certified) learnBase(s, baseOf(certificate));',
        replace: 'if (certified && s.term < 0) learnBase(s, baseOf(certificate));',
      },
    ],
    seeds: 100,
    open: 'a candidate that asks with less is refused, and heeds that (E3): a matter of time alone',
    fixed: { nodes: 4, traitors: 1, attacks: ['dark'], stormMs: 4_000 },
  },
  {
    name: 'no-election-restriction',
    rule: 'E3',
    why: 'no leader begins below what may be committed',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'if (compareRank(statement.baseRank, s.lock.rank) >= 0) return vote(s, from, message);',
        replace:
          'if (compareRank(statement.baseRank, s.genesis.rank) >= 0) return vote(s, from, message);',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['low-base', 'vote-all'], stormMs: 4_000 },
  },
  {
    name: 'length-not-rank',
    rule: 'E3',
    why: 'a longer log is not a later one: the certificates of a later term bind more',
    edits: [
      {
        file: 'consensus/model/position.ts',
        find: 'return a.term !== b.term ? a.term - b.term : a.index - b.index;',
        replace: 'return a.index !== b.index ? a.index - b.index : a.term - b.term;',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['two-bases', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'locks-never-yield',
    rule: 'E3',
    why: "two voters that are locked on two chains do not block each other's election for ever",
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'if (compareRank(statement.baseRank, s.lock.rank) >= 0) return vote(s, from, message);',
        replace: `const { position: locked } = s.lock;
  const below = s.chain.ascend(statement.base) ?? [];
  const contains =
    s.chain.isCommitted(locked) === true || below.some(({ hash }) => hash === locked.hash);
  if (compareRank(statement.baseRank, s.lock.rank) >= 0 && contains) return vote(s, from, message);`,
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4_000 },
  },
  {
    name: 'lock-grows-in-term',
    rule: 'E3',
    why: 'a candidate that met what voters held when they entered is elected',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'if (compareRank(statement.baseRank, s.lock.rank) >= 0) return vote(s, from, message);',
        replace:
          'if (compareRank(statement.baseRank, s.best.rank) >= 0) return vote(s, from, message);',
      },
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'const { certificate, rank, position } = s.lock;',
        replace: 'const { certificate, rank, position } = s.best;',
      },
    ],
    seeds: 100,
    open: "a voter's certificate grows inside a term by a late commit of a lower one alone, and those end",
    fixed: { nodes: 4, traitors: 1, attacks: ['drip'], stormMs: 4_000 },
  },
  {
    name: 'lock-forgotten',
    rule: 'E3, D1',
    why: 'a voter that restarts is bound by what bound it before',
    edits: [
      {
        file: 'consensus/tangaroa/restore.ts',
        find: 'lock: recovered.term?.lock ?? genesis,',
        replace: 'lock: genesis,',
      },
    ],
    seeds: 200,
    fixed: { nodes: 4, traitors: 1, attacks: ['low-base', 'vote-all'], stormMs: 8000 },
  },
  {
    name: 'lock-prefix-dropped',
    rule: 'E3',
    why: 'whoever refuses can serve what it refuses with',
    edits: [
      {
        file: 'consensus/tangaroa/accept.ts',
        find: 'const tips = [s.lock.position, s.best.position, s.linked.position',
        replace: 'const tips = [s.linked.position',
      },
      {
        file: 'consensus/tangaroa/term.ts',
        find: 'keepOnly(s, [s.lock.position, s.best.position, s.linked.position]);',
        replace: 'keepOnly(s, [s.linked.position]);',
      },
    ],
    seeds: 60,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4000 },
  },
  {
    name: 'term-not-durable-before-vote',
    rule: 'E3',
    why: 'a vote outlives no crash that its record does not',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: '  send(s, to, answer, s.termTicket);',
        replace: '  send(s, to, answer);',
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['two-bases', 'echo'], stormMs: 4_000 },
  },
  {
    name: 'votes-by-message',
    rule: 'E3',
    why: 'one voter that votes three times is one vote',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 's.role.votes.set(key, ofBase.set(signed.signer, signed));',
        replace: `const id = (ofBase.has(signed.signer) ? \`\${signed.signer} \${ofBase.size}\` : signed.signer) as NodeId;
  s.role.votes.set(key, ofBase.set(id, signed));`,
      },
      {
        file: 'consensus/tangaroa/election.ts',
        find: `    const signers = new Set(ofBase.keys());
    if (!isQuorum(s.configuration.sets, signers)) continue;`,
        replace: '    if (ofBase.size < quorumSize(s.order.length)) continue;',
      },
      {
        file: 'consensus/tangaroa/election.ts',
        find: "import { isQuorum } from '../model/quorum.ts';",
        replace: "import { quorumSize } from '../model/quorum.ts';",
      },
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
    ],
    seeds: 100,
  },
  {
    name: 'votes-for-any-base',
    rule: 'E3',
    why: 'votes count for the base they name',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: `  const key = baseKey(signed.statement);
  if (s.role.type !== 'candidate' || !s.role.asked.has(key)) return;`,
        replace: `  if (s.role.type !== 'candidate' || s.role.request === null) return;
  const key = baseKey(s.role.request.signed.statement);`,
      },
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'const base = (votes[0] as Signed<VoteStatement>).statement.base;',
        replace: 'const base = s.role.base.position;',
      },
      {
        file: 'consensus/tangaroa/wants.ts',
        find: "s.role.type === 'candidate' && s.role.asked.has(baseKey(statement));",
        replace: "s.role.type === 'candidate' && baseKey(statement) !== '';",
      },
      {
        file: 'crypto/certificates.ts',
        find: `compareRank(statement.baseRank, first.baseRank) === 0 &&
      samePosition(statement.base, first.base)`,
        replace: 'statement.epoch === first.epoch',
      },
      {
        file: 'crypto/entries.ts',
        find: 'if (vote.base.index !== header.index - 1 || vote.base.hash !== header.parent)',
        replace: `const stands = bundle.votes.some(
    ({ statement: { base } }) => base.index === header.index - 1 && base.hash === header.parent,
  );
  if (!stands)`,
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['vote-all'], stormMs: 4_000 },
  },
  {
    name: 'refusals-counted',
    rule: 'E3',
    why: 'a refusal is no vote',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: '  const base = baseOf(message.certificate);\n',
        replace: `  const base = baseOf(message.certificate);
  if (role.request !== null) {
    const asked = role.request.signed.statement;
    countVote(s, { ...message.signed, statement: { ...asked, kind: 'vote' } });
  }
`,
      },
    ],
    seeds: 100,
    fixed: { nodes: 4, traitors: 1, attacks: ['refuse-all'], stormMs: 4_000 },
  },
  {
    name: 'refusals-not-heeded',
    rule: 'E3',
    why: 'a candidate that knows too little learns, and is elected all the same',
    edits: [
      {
        file: 'consensus/tangaroa/election.ts',
        find: 'if (compareRank(base.rank, role.base.rank) > 0) role.heeded.set(signer, base);',
        replace: 'if (base.rank.term > s.term) role.heeded.set(signer, base);',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['withheld'], stormMs: 4_000 },
  },
  {
    name: 'bundle-of-few',
    rule: 'E4',
    why: 'nobody leads without a quorum of votes',
    edits: [
      {
        file: 'crypto/certificates.ts',
        find: 'return fault ?? checkQuorum(votes, signatures, budget);',
        replace: 'return fault ?? firstFault(votes, (signed) => signatures.voter(signed, budget));',
      },
    ],
    seeds: 30,
    fixed: { nodes: 4, traitors: 1, attacks: ['unelected'], stormMs: 4000 },
  },
  {
    name: 'first-entry-anywhere',
    rule: 'E4',
    why: 'a leader begins right above the base that a quorum voted for',
    edits: [
      {
        file: 'crypto/entries.ts',
        find: 'if (vote.base.index !== header.index - 1 || vote.base.hash !== header.parent)',
        replace: 'if (vote.base.index < 0)',
      },
    ],
    seeds: 100,
    open: 'it takes two bundles, or a commit between the base and where the leader begins',
    fixed: { nodes: 4, traitors: 1, attacks: ['off-base', 'echo'], stormMs: 4000 },
  },
];
