/** That the checkers of figure 3 can fail, each for what it is there for and nothing else. */
import { expect, test } from 'vitest';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import { entriesOf, nextRequest } from '../../../raft/entries.ts';
import { AppendOnly } from './append-only.ts';
import { ElectionSafety } from './election-safety.ts';
import { LeaderCompleteness } from './leader-completeness.ts';
import { LogMatching } from './log-matching.ts';
import { applies, drops, Rig, writes } from './rig.ts';
import { StateMachineSafety } from './state-machine-safety.ts';

const [first, second, third] = entriesOf(2, [1, 1, 1]) as [Entry, Entry, Entry];
const [other] = entriesOf(3, [2], 1) as [Entry];
/** Of the name of `second`, and another. */
const [forged] = entriesOf(3, [1], 1, [nextRequest()]) as [Entry];

test('Election Safety: one leader in a term, in one life', () => {
  const rig = new Rig(new ElectionSafety());
  rig.decides(1, ['leader', 1], [writes(first)]).decides(1, ['leader', 1], [writes(second)]);
  rig.decides(2, ['follower', 1], [writes(first)]).decides(2, ['leader', 2], [writes(other)]);
  expect(() => rig.decides(2, ['leader', 1], [writes(first)])).toThrow(/two leaders: n1.*n2/u);
  rig.starts(1, [first]);
  expect(() => rig.decides(1, ['leader', 1], [writes(first)])).toThrow(/n1 in its life 2/u);
});

test('Leader Append-Only: a leader writes above its log, and drops nothing', () => {
  const rig = new Rig(new AppendOnly());
  rig.decides(1, ['leader', 1], [writes(first, second)]);
  rig.decides(2, ['follower', 1], [writes(first, second)]);
  rig.decides(2, ['follower', 2], [drops(second), writes(other)]);
  expect(() => rig.decides(1, ['leader', 1], [writes(second)])).toThrow(/writes 3 where 4/u);
  expect(() => rig.decides(1, ['leader', 1], [drops(second)])).toThrow(/drops entry 3/u);
});

test('Log Matching: an entry of one name has one content', () => {
  const rig = new Rig(new LogMatching());
  rig.decides(1, ['leader', 1], [writes(first, second)]);
  rig.decides(2, ['follower', 2], [writes(first, other)]);
  const [again] = entriesOf(3, [1], 1) as [Entry];
  rig.decides(3, ['follower', 1], [writes(first, again)]);
  expect(() => rig.decides(3, ['follower', 1], [writes(forged)])).toThrow(/different entries 3/u);
});

test('Log Matching: it has one entry below it', () => {
  const rig = new Rig(new LogMatching());
  const [on1] = entriesOf(4, [3], 1) as [Entry];
  const [on2] = entriesOf(4, [3], 2) as [Entry];
  rig.decides(1, ['leader', 3], [writes(on1)]);
  expect(() => rig.decides(2, ['follower', 3], [writes(on2)])).toThrow(/different entries 4/u);
});

test('Leader Completeness: who leads a later term has what was committed, whenever that is known', () => {
  const commits = (): Rig => {
    const rig = new Rig(new LeaderCompleteness());
    rig.decides(1, ['leader', 1], [writes(first, second), applies(first, second)]);
    return rig.decides(2, ['follower', 1], [writes(first)]);
  };
  expect(() => commits().decides(2, ['leader', 2], [writes(other)])).toThrow(
    /n2 leads term 2 without entry 3/u,
  );
  const complete = commits().decides(2, ['follower', 1], [writes(second)]);
  complete.decides(2, ['leader', 2], [writes(...entriesOf(4, [2], 1))]);
  const late = new Rig(new LeaderCompleteness());
  late.decides(1, ['leader', 1], [writes(first, second, third)]);
  late.decides(2, ['leader', 2], [writes(first, other)]);
  expect(() => late.decides(1, ['leader', 1], [applies(first, second)])).toThrow(
    /without entry 3/u,
  );
});

test('Leader Completeness: what a later term commits an earlier leader need not have', () => {
  const rig = new Rig(new LeaderCompleteness());
  rig.decides(1, ['leader', 1], [writes(first)]);
  rig.decides(2, ['leader', 2], [writes(first, other), applies(first, other)]);
  rig.decides(1, ['follower', 2], [writes(other), applies(first, other)]);
});

test('State Machine Safety: one entry at an index, name and content', () => {
  const rig = new Rig(new StateMachineSafety());
  rig.decides(1, ['leader', 1], [applies(first, second)]);
  rig.decides(2, ['follower', 1], [applies(first)]);
  expect(() => rig.decides(2, ['follower', 2], [applies(other)])).toThrow(/n2 and n1 apply/u);
  expect(() => rig.decides(2, ['follower', 1], [applies(forged)])).toThrow(/n2 and n1 apply/u);
});
