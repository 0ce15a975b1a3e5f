/** Mutants of plain Raft's core, by section of the extended paper, or of the dissertation. */
import type { Fixed } from '../../plan.ts';
import type { Mutant } from '../mutant.ts';

const RAFT: Partial<Fixed> = { protocol: 'raft' };

export const RAFT_MUTANTS: readonly Mutant[] = [
  {
    name: 'raft-commits-by-less',
    rule: 'Raft 5.3',
    why: 'a majority holds what is committed: the next leader is voted for by one of them',
    edits: [
      {
        file: 'consensus/raft/tally.ts',
        find: 'return quorumValue(this.#sets, indexOf, nobodyLies) as LogIndex;',
        replace: 'return quorumValue(this.#sets, indexOf, () => nobodyLies() - 2) as LogIndex;',
      },
    ],
    seeds: 5,
    fixed: RAFT,
  },
  {
    name: 'raft-elected-by-less',
    rule: 'Raft 5.2',
    why: 'a majority votes for a leader: there is one in a term',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: 'if (!isQuorum(s.configuration.sets, voters, nobodyLies)) return;',
        replace: 'if (!isQuorum(s.configuration.sets, voters, () => nobodyLies() - 2)) return;',
      },
    ],
    seeds: 5,
    fixed: RAFT,
  },
  {
    name: 'raft-vote-before-durable',
    rule: 'Raft figure 2',
    why: 'a voter that crashes has not voted for somebody whom it forgets',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: "send(s, to, { kind: 'vote', ...fields }, s.termTicket);",
        replace: "send(s, to, { kind: 'vote', ...fields });",
      },
    ],
    seeds: 20,
    fixed: RAFT,
  },
  {
    name: 'raft-vote-not-written',
    rule: 'Raft 5.2',
    why: 'a voter that comes back in the same term does not vote again',
    edits: [
      {
        file: 'consensus/raft/term.ts',
        find: '  s.votedFor = candidate;\n  s.termTicket = store(s, [voteRecord(s)]);\n',
        replace: '  s.votedFor = candidate;\n',
      },
    ],
    seeds: 5,
    fixed: RAFT,
  },
  {
    name: 'raft-vote-forgotten',
    rule: 'Raft 5.2',
    why: 'the vote of the term in which a node stopped still stands when it starts',
    edits: [
      {
        file: 'consensus/raft/restore.ts',
        find: 'votedFor: vote?.votedFor ?? null,',
        replace: 'votedFor: null,',
      },
    ],
    seeds: 10,
    fixed: RAFT,
  },
  {
    name: 'raft-term-not-written',
    rule: 'Raft figure 2',
    why: 'terms never go back',
    edits: [
      {
        file: 'consensus/raft/term.ts',
        find: '  s.termTicket = store(s, [voteRecord(s)]);\n  report(',
        replace: '  report(',
      },
    ],
    seeds: 5,
    fixed: RAFT,
  },
  {
    name: 'raft-votes-twice',
    rule: 'Raft 5.2',
    why: 'first come, first served: a term has one leader',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: 'const isFree = s.votedFor === null || s.votedFor === from;',
        replace: "const isFree = s.role.type === 'follower';",
      },
    ],
    seeds: 60,
    fixed: RAFT,
  },
  {
    name: 'raft-stale-votes-counted',
    rule: 'Raft 5.2',
    why: 'a vote is for one term',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: 'return request.term === term && request.isPreVote === isPreVote;',
        replace: 'return request.term > 0 && term > 0 && request.isPreVote === isPreVote;',
      },
    ],
    seeds: 0,
    tests: ['test/raft/pre-vote.test.ts'],
  },
  {
    name: 'raft-pre-votes-counted',
    rule: 'Raft 9.6',
    why: 'who would vote has not voted',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: 'return request.term === term && request.isPreVote === isPreVote;',
        replace: 'return request.term === term || (isPreVote && request.isPreVote);',
      },
    ],
    seeds: 80,
    fixed: RAFT,
  },
  {
    name: 'raft-any-log-leads',
    rule: 'Raft 5.4.1',
    why: 'whoever leads has everything that is committed',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: 'return candidate.term !== own.term ? candidate.term > own.term : candidate.index >= own.index;',
        replace: 'return candidate.term > 0 || own.term > 0 || candidate.index >= own.index;',
      },
    ],
    seeds: 120,
    fixed: RAFT,
  },
  {
    name: 'raft-longest-log-leads',
    rule: 'Raft 5.4.1',
    why: 'a long log of an old term is not more up-to-date than a short one of a later term',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: 'return candidate.term !== own.term ? candidate.term > own.term : candidate.index >= own.index;',
        replace: 'return candidate.index >= own.index;',
      },
    ],
    seeds: 0,
    tests: ['test/raft/figures-7-8.test.ts'],
  },
  {
    name: 'raft-commits-old-terms',
    rule: 'Raft 5.4.2',
    why: 'an entry of an earlier term may be overwritten although a majority holds it (figure 8)',
    edits: [
      {
        file: 'consensus/raft/respond.ts',
        find: 'if (index <= s.commitIndex || s.log.markAt(index)?.term !== s.term) return;',
        replace: 'if (index <= s.commitIndex) return;',
      },
    ],
    seeds: 0,
    tests: ['test/raft/figures-7-8.test.ts'],
  },
  {
    name: 'raft-previous-unchecked',
    rule: 'Raft 5.3',
    why: 'entries go where the logs agree',
    edits: [
      {
        file: 'consensus/raft/append.ts',
        find: 'return own === null ? index <= s.log.committed.index : own.hash === hash;',
        replace:
          "return own === null ? index <= s.log.committed.index : own.hash !== '' || hash !== '';",
      },
    ],
    seeds: 80,
    fixed: RAFT,
  },
  {
    name: 'raft-truncates-without-conflict',
    rule: 'Raft 5.3',
    why: 'an AppendEntries that comes late takes nothing away: what follows was answered for',
    edits: [
      {
        file: 'consensus/raft/append.ts',
        find: '  if (fresh < 0) return true;\n',
        replace: `  if (fresh < 0) {
    const last = entries.at(-1)?.header.index ?? s.log.last.index;
    const gone = s.log.truncate(Math.max(last, s.commitIndex, s.log.committed.index) as LogIndex);
    if (gone.length > 0) appendDurably(s, gone, []);
    return true;
  }
`,
      },
    ],
    seeds: 20,
    fixed: RAFT,
  },
  {
    name: 'raft-believes-beyond-matched',
    rule: 'Raft 5.3',
    why: 'leaderCommit says nothing of entries that are not known to be the leader’s',
    edits: [
      {
        file: 'consensus/raft/append.ts',
        find: ', lastNew.index) as LogIndex;',
        replace: ', Math.max(lastNew.index, s.log.last.index)) as LogIndex;',
      },
    ],
    seeds: 160,
    fixed: RAFT,
  },
  {
    name: 'raft-answers-before-durable',
    rule: 'Raft figure 2',
    why: 'what a follower says that it holds survives its crash',
    edits: [
      {
        file: 'consensus/raft/respond.ts',
        find: '  return verified === null || verified.index <= s.log.durable\n    ? verified\n    : s.log.markAt(s.log.durable);\n',
        replace: '  return verified;\n',
      },
    ],
    seeds: 10,
    fixed: RAFT,
  },
  {
    name: 'raft-applies-before-durable',
    rule: 'Raft 5.3',
    why: 'a machine is never ahead of its own log',
    edits: [
      {
        file: 'consensus/raft/respond.ts',
        find: 'const upTo = Math.min(s.commitIndex, s.log.durable) as LogIndex;',
        replace: 'const upTo = s.commitIndex;',
      },
      {
        file: 'consensus/raft/log.ts',
        find: "assert(upTo <= this.#durable, 'only what is durable here is applied');",
        replace: "assert(upTo <= this.last.index, 'only what is here is applied');",
      },
    ],
    seeds: 5,
    fixed: RAFT,
  },
  {
    name: 'raft-stale-answers-counted',
    rule: 'Raft figure 2',
    why: 'what a node held of another leader’s log says nothing of this one’s',
    edits: [
      {
        file: 'consensus/raft/respond.ts',
        find: '  if (message.term < s.term) return;\n',
        replace: '',
      },
      {
        file: 'consensus/raft/wants.ts',
        find: "    case 'append-entries-response':\n      return message.term >= s.term;\n",
        replace: "    case 'append-entries-response':\n      return message.term > 0;\n",
      },
    ],
    seeds: 0,
    tests: ['test/raft/figure-2-servers.test.ts'],
  },
  {
    name: 'raft-leads-without-an-entry',
    rule: 'Raft 5.4.2',
    why: 'what earlier leaders left is committed by an entry of the new one’s own term',
    edits: [
      {
        file: 'consensus/raft/lead.ts',
        find: '  propose(s, []);\n',
        replace: '',
      },
    ],
    seeds: 80,
    fixed: RAFT,
  },
  {
    name: 'raft-hint-too-high',
    rule: 'Raft 5.3',
    why: 'a leader goes back until the logs agree',
    edits: [
      {
        file: 'consensus/raft/append.ts',
        find: 'let index = Math.min(previous.index - 1, log.last.index);',
        replace: 'let index = Math.min(previous.index, log.last.index);',
      },
    ],
    seeds: 0,
    tests: ['test/raft/figure-2-rpcs.test.ts'],
  },
  {
    name: 'raft-transfer-for-ever',
    rule: 'Raft 3.10',
    why: 'a leader that hands over to a node that does not take over leads on',
    edits: [
      {
        file: 'consensus/raft/transfer.ts',
        find: '  role.transfer = null;\n',
        replace: '',
      },
    ],
    seeds: 0,
    tests: ['test/raft/transfer.test.ts'],
  },
  {
    name: 'raft-no-pre-vote',
    rule: 'Raft 9.6',
    why: 'who was cut off does not depose a leader that everybody else hears when it comes back',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: '  ask(s, { isPreVote: true, isTransfer: false }, wanted);',
        replace: '  startElection(s, false);',
      },
    ],
    seeds: 0,
    tests: ['test/raft/pre-vote.test.ts'],
  },
  {
    name: 'raft-leaves-its-leader',
    rule: 'Raft 4.2.3',
    why: 'who hears a leader votes for nobody else, so that one node alone disturbs nobody',
    edits: [
      {
        file: 'consensus/raft/election.ts',
        find: '  if (!message.isTransfer && hearsLeader(s)) return;\n',
        replace: '  if (!message.isTransfer && hearsLeader(s) && s.others.length === 0) return;\n',
      },
    ],
    seeds: 0,
    tests: ['test/raft/pre-vote.test.ts'],
  },
  {
    name: 'raft-leads-nobody',
    rule: 'Raft 6.2',
    why: 'a leader that nobody hears stops, and its clients look for another',
    edits: [
      {
        file: 'consensus/raft/lead.ts',
        find: '  if (isQuorum(s.configuration.sets, heard, nobodyLies)) return;',
        replace:
          '  if (isQuorum(s.configuration.sets, heard, nobodyLies) || heard.size > 0) return;',
      },
    ],
    seeds: 0,
    tests: ['test/raft/check-quorum.test.ts'],
  },
  {
    name: 'raft-equal-timeouts',
    rule: 'Raft 5.2',
    why: 'candidates that split the votes do not split them again, for ever',
    edits: [
      {
        file: 'consensus/raft/term.ts',
        find: 's.patienceMs = electionTimeoutMs + s.deps.random.below(electionTimeoutMs);',
        replace: 's.patienceMs = electionTimeoutMs + s.deps.random.below(1);',
      },
    ],
    seeds: 0,
    tests: ['test/raft/figure-2-servers.test.ts'],
  },
];
