/** How a leader sends: ahead of the answers, within bounds, the same bytes to all (dissertation, 10.2). */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { RaftAppendEntries } from '../../src/consensus/raft/message.ts';
import { idOf } from '../tangaroa/cluster.ts';
import { nextRequest, positionAt } from './entries.ts';
import { HEARTBEAT_MS, Subject } from './subject.ts';

const indexes = ({ entries }: RaftAppendEntries): readonly number[] =>
  entries.map(({ header }) => header.index);

/** n1 leads, and these followers hold all that it has. */
function leading(followers: readonly number[], size = 3): Subject {
  const s = new Subject({ size }).lead();
  for (const peer of followers) s.matched(peer, 2);
  s.heard();
  return s;
}

describe('to a follower that keeps up', () => {
  test('entries go at once, before those sent earlier were answered', () => {
    const s = leading([2, 3]);
    for (let i = 0; i < 5; i++) s.request();
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[3], [4], [5], [6], [7]]);
  });

  test('entries go before the leader’s own disk has them (10.2.1)', () => {
    const s = leading([2, 3]);
    s.node.writes = false;
    s.request();
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[3]]);
  });

  test('a window of entries is in flight, no more', () => {
    const s = leading([2, 3]);
    for (let i = 0; i < limits.window + 5; i++) s.request(nextRequest(limits.entryBytesWorthwhile));
    expect(s.heardBy(2, 'append-entries')).toHaveLength(limits.window);
    s.matched(2, 3);
    expect(s.heardBy(2, 'append-entries')).toHaveLength(1);
  });

  test('requests that arrived together are one entry', () => {
    const s = leading([2, 3]);
    const requests = [1, 2, 3].map(() => nextRequest());
    s.say(2, { kind: 'forward', requests });
    expect(s.log).toEqual([1, 1]);
    s.matched(2, 3);
    expect(s.node.ordered).toEqual(requests.map(({ digest }) => digest));
  });

  test('it hears within a tick how far its entries are committed, if no entries tell it', () => {
    const s = leading([2, 3]);
    s.request();
    s.matched(2, 3);
    s.matched(3, 3);
    s.request();
    expect(s.heardBy(2, 'append-entries').map(({ committed }) => committed)).toEqual([2, 3]);
    s.matched(2, 4);
    expect(s.heardBy(2, 'append-entries')).toEqual([]);
    s.run(20);
    expect(s.heardBy(2, 'append-entries')).toMatchObject([{ entries: [], committed: 4 }]);
    s.run(20);
    expect(s.heardBy(2, 'append-entries')).toEqual([]);
  });

  test('it hears at once where its own clients wait for it', () => {
    const s = leading([2, 3]);
    s.say(2, { kind: 'forward', requests: [nextRequest()] });
    s.heard();
    s.matched(3, 3);
    s.matched(2, 3);
    expect(s.heardBy(2, 'append-entries')).toMatchObject([{ entries: [], committed: 3 }]);
    expect(
      s.cluster
        .sent(1, 'append-entries')
        .filter(({ to, message }) => to === idOf(3) && message.committed === 3),
    ).toEqual([]);
    s.run(20);
    expect(s.heardBy(2, 'append-entries')).toEqual([]);
  });

  test('… once: what others wait for it hears within a tick', () => {
    const s = leading([2, 3]);
    s.say(2, { kind: 'forward', requests: [nextRequest()] });
    s.matched(3, 3);
    s.request();
    s.heard();
    s.matched(3, 4);
    expect(s.heardBy(2, 'append-entries')).toEqual([]);
    s.run(20);
    expect(s.heardBy(2, 'append-entries')).toMatchObject([{ entries: [], committed: 4 }]);
  });

  test('what it has not got is not told to be committed with a message of its own', () => {
    const s = leading([2]);
    s.request();
    s.matched(2, 3);
    s.heard();
    s.run(20);
    expect(s.heardBy(3, 'append-entries')).toEqual([]);
  });

  test('heartbeats go only where nothing else went', () => {
    const s = leading([2], 5);
    for (let i = 0; i < 5; i++) {
      s.run(HEARTBEAT_MS - 20);
      s.request();
    }
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[3], [4], [5], [6], [7]]);
    s.run(HEARTBEAT_MS);
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[]]);
  });
});

describe('one message for all', () => {
  const toAll = (s: Subject): readonly RaftAppendEntries[] =>
    s.cluster.nodes.slice(1).map(({ id }) => {
      const last = s.cluster.history.findLast(
        ({ to, message }) => to === id && message.kind === 'append-entries',
      );
      return last?.message as RaftAppendEntries;
    });

  test('goes to followers that are in step: it is encoded once', () => {
    const s = leading([2, 3, 4, 5], 5);
    s.request();
    const [first, ...others] = toAll(s);
    for (const other of others) expect(other).toBe(first);
    const effects = s.node.core.step({
      type: 'tick',
      now: { ...s.cluster.now, monotonicMs: s.cluster.now.monotonicMs + HEARTBEAT_MS },
    });
    expect(effects.filter(({ type }) => type === 'send')).toMatchObject([{ to: 'all' }]);
  });

  test('and to those of one step each, where they differ', () => {
    const s = leading([2, 3], 5);
    s.request();
    const [to2, to3, to4] = toAll(s);
    expect(to3).toBe(to2);
    expect(indexes(to2 as RaftAppendEntries)).toEqual([3]);
    expect(indexes(to4 as RaftAppendEntries)).toEqual([2]);
  });
});

describe('to a follower of which nothing is known', () => {
  test('one message with entries goes, and no more until it answers', () => {
    const s = leading([2]);
    for (let i = 0; i < 3; i++) s.request();
    expect(s.heardBy(3, 'append-entries')).toEqual([]);
    s.run(HEARTBEAT_MS);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[]]);
    s.matched(3, 2);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[3, 4, 5]]);
  });

  test('the message goes again when its link is up', () => {
    const s = leading([2]);
    s.node.connect(idOf(3));
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[2]]);
  });

  test('the place that is tried only moves down, however late a refusal comes', () => {
    const s = new Subject({ terms: [1, 1, 1, 1] }).lead();
    s.rejected(2, 2, 1);
    s.heard();
    s.rejected(2, 4, 1);
    expect(s.heard()).toEqual([]);
    s.rejected(2, 1, 0);
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[2, 3, 4, 5, 6]]);
  });

  test('a heartbeat that it confirms is enough to begin', () => {
    const s = leading([2]);
    s.matched(3, 1);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[2]]);
  });

  test('an answer from below the place that is tried is not taken for one about it', () => {
    const s = new Subject({ terms: [1, 1, 1] }).lead();
    s.heard();
    s.matched(2, 2);
    s.request();
    expect(s.heardBy(2, 'append-entries')).toEqual([]);
    s.matched(2, 4);
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[5, 6]]);
  });
});

describe('to a follower that lost something', () => {
  test('everything from there on goes again, once, however many messages it refused', () => {
    const s = leading([2, 3]);
    for (let i = 0; i < 4; i++) s.request();
    s.heard();
    for (let i = 0; i < 3; i++) s.rejected(2, 3, 1);
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[4, 5, 6]]);
    s.matched(2, 6);
    s.heard();
    s.request();
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[7]]);
  });

  test('a refusal older than what it is known to hold changes nothing', () => {
    const s = leading([2, 3]);
    s.request();
    s.matched(2, 3);
    s.matched(2, 2);
    s.heard();
    s.rejected(2, 2, 1);
    s.request();
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[4]]);
  });

  test('after its link was down, everything that it did not confirm', () => {
    const s = leading([2, 3]);
    for (let i = 0; i < 3; i++) s.request();
    s.matched(2, 3);
    s.heard();
    s.node.connect(idOf(2));
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[4, 5]]);
    s.request();
    expect(s.heardBy(2, 'append-entries')).toEqual([]);
    s.matched(2, 5);
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[6]]);
    s.matched(2, 6);
    s.heard();
    s.node.connect(idOf(2));
    expect(s.heardBy(2, 'append-entries').map(indexes)).toEqual([[]]);
  });
});

describe('bounds', () => {
  const LARGE = 300_000;

  test('a message takes entries up to its bytes, and one that is larger alone', () => {
    const s = leading([2]);
    for (let i = 0; i < 8; i++) s.request(nextRequest(LARGE));
    s.request(nextRequest(limits.requestBytesMax));
    s.matched(2, 3);
    s.heard();
    s.matched(3, 2);
    const messages = s.heardBy(3, 'append-entries');
    expect(messages.map(indexes)).toEqual([[3, 4, 5], [6, 7, 8], [9, 10], [11]]);
  });

  test('so many bytes are in flight to one follower, and the next go when it answered', () => {
    const s = leading([2]);
    const each = Math.floor(limits.raftAppendBytesMax * 0.9);
    const fit = Math.ceil(limits.raftInFlightBytesMax / each);
    for (let i = 0; i < fit + 4; i++) {
      s.request(nextRequest(each));
      s.matched(2, 3 + i);
    }
    s.heard();
    s.matched(3, 2);
    const last = 2 + fit;
    expect(s.heardBy(3, 'append-entries').map(indexes).flat()).toEqual(
      Array.from({ length: fit }, (_, i) => 3 + i),
    );
    s.matched(3, 3);
    expect(s.heardBy(3, 'append-entries').map(indexes)).toEqual([[last + 1]]);
  });
});

test('what a leader tells with a heartbeat is a place that its follower can have', () => {
  const s = leading([2]);
  s.request();
  s.run(HEARTBEAT_MS);
  expect(s.heardBy(2, 'append-entries').at(-1)?.previous).toEqual(positionAt(3, 1));
  expect(
    s.cluster.sent(1, 'append-entries').findLast(({ to }) => to === idOf(3))?.message.previous,
  ).toEqual(positionAt(1, 0));
});
