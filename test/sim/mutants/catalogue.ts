/** Every mutant there is, in the order of the rules they break. */
import { ELECTION } from './catalogue/election.ts';
import { EVIDENCE } from './catalogue/evidence.ts';
import { LEADING } from './catalogue/leading.ts';
import { MESSAGES } from './catalogue/messages.ts';
import { NORMAL } from './catalogue/normal.ts';
import { RAFT_MUTANTS } from './catalogue/raft.ts';
import { REST } from './catalogue/rest.ts';
import { SUSPICION } from './catalogue/suspicion.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  ...MESSAGES,
  ...NORMAL,
  ...SUSPICION,
  ...ELECTION,
  ...LEADING,
  ...EVIDENCE,
  ...REST,
  ...RAFT_MUTANTS,
];

/** Those that die within few seeds. */
export const QUICK: readonly string[] = [
  'quorum-f-plus-1',
  'leader-clock-alone',
  'send-before-sync',
  'accepted-not-durable',
  'certificate-not-durable',
  'unbounded-certificate-headers',
  'commits-before-durable',
  'resigns-to-anybody',
  'no-suspicion-quorum',
  'unbounded-wanted-term',
  'joined-at-f',
  'base-prefix-not-held',
  'no-election-restriction',
  'term-not-durable-before-vote',
  'votes-by-message',
  'refusals-counted',
  'asks-before-durable',
  'repeats-executed-again',
  'acknowledged-repeats-executed',
  'session-window-off-by-one',
  'contradictions-unseen',
  'evidence-without-contradiction',
  'waiting-responses-without-bound',
  'log-not-synced',
  'bundle-of-few',
  'responses-of-few',
  'reused-number-answered',
  'signatures-unchecked',
  'one-reply-believed',
  'fetch-unproven-held',
  'evidence-of-two-terms',
  'one-phase-commit',
  'certified-does-not-count',
  'resigned-for-ever',
  'waiting-head-pruned',
  'raft-commits-by-less',
  'raft-vote-not-written',
  'raft-answers-before-durable',
];
