/** Clients' requests: kept where they arrived, handed to whoever leads, forgotten when they were executed. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import { idOf, makeRequest } from '../tangaroa/cluster.ts';
import { Cluster } from './cluster.ts';
import { nextRequest } from './entries.ts';
import { ELECTION_TIMEOUT_MS, HEARTBEAT_MS, Subject } from './subject.ts';

const { requestTimeoutMs, capacityBytes } = DEFAULT_PARAMETERS;

/** n1 follows n2, which is heard all the time. */
class Follower extends Subject {
  constructor() {
    super();
    this.append(2, { term: 1 });
    this.heard();
  }

  wait(ms: number, leader = 2, term = 1): void {
    for (let passed = 0; passed < ms; passed += HEARTBEAT_MS) {
      this.run(HEARTBEAT_MS);
      this.append(leader, { term });
    }
  }
}

describe('a follower', () => {
  test('hands a request to the leader at once, and only once while it may be under way', () => {
    const s = new Follower();
    const request = s.request();
    expect(s.heard()).toEqual([{ to: idOf(2), message: { kind: 'forward', requests: [request] } }]);
    s.request();
    expect(s.heardBy(2, 'forward').map(({ requests }) => requests.length)).toEqual([1]);
    s.wait(requestTimeoutMs - HEARTBEAT_MS);
    expect(s.heardBy(2, 'forward')).toEqual([]);
  });

  test('hands it over again when it waited long', () => {
    const s = new Follower();
    const request = s.request();
    s.heard();
    s.wait(requestTimeoutMs);
    expect(s.heardBy(2, 'forward')).toEqual([{ kind: 'forward', requests: [request] }]);
  });

  test('hands it to the next leader, even in the same millisecond', () => {
    const s = new Follower();
    const request = s.request();
    s.append(3, { term: 2 });
    expect(s.heardBy(3, 'forward')).toEqual([{ kind: 'forward', requests: [request] }]);
  });

  test('hands it to the leader again when their link is up again', () => {
    const s = new Follower();
    const request = s.request();
    s.heard();
    s.node.connect(idOf(3));
    s.drained();
    expect(s.heard()).toEqual([]);
    s.node.connect(idOf(2));
    s.drained();
    expect(s.heardBy(2, 'forward')).toEqual([{ kind: 'forward', requests: [request] }]);
  });

  test('keeps it while nobody leads', () => {
    const s = new Subject();
    const request = s.request();
    expect(s.heard()).toEqual([]);
    s.append(2, { term: 1 });
    expect(s.heardBy(2, 'forward')).toEqual([{ kind: 'forward', requests: [request] }]);
  });

  test('orders it itself when it is elected, and what the log carries not again', () => {
    const s = new Follower();
    const [known, waiting] = [s.request(), s.request()];
    s.append(2, { term: 1, terms: [1], requests: [known] });
    s.lead();
    s.drained();
    expect(s.log).toEqual([1, 2, 2]);
    s.matched(3, 4);
    expect(s.node.ordered).toEqual([known.digest, waiting.digest]);
  });

  test('forgets it when it was executed, whoever ordered it', () => {
    const s = new Follower();
    const request = s.request();
    expect(s.status).toMatchObject({ pending: 1, pendingBytes: 100 });
    s.append(2, { term: 1, terms: [1], requests: [request], committed: 2 });
    expect(s.status).toMatchObject({ pending: 0, pendingBytes: 0 });
    s.heard();
    s.wait(2 * requestTimeoutMs);
    expect(s.heardBy(2, 'forward')).toEqual([]);
  });

  test('keeps no more than its share, and says so', () => {
    const s = new Follower();
    const share = Math.floor(capacityBytes / 3);
    const each = 1_000_000;
    const fit = Math.floor(share / each);
    for (let i = 0; i < fit; i++) s.request(nextRequest(each));
    expect(s.node.overloaded).toEqual([]);
    const refused = s.request(nextRequest(each));
    expect(s.node.overloaded).toEqual([refused]);
    expect(s.status.pending).toBe(fit);
  });

  test('takes nothing that is forwarded: it would have to forward it too', () => {
    const s = new Follower();
    const message = { kind: 'forward', requests: [nextRequest()] } as const;
    expect(s.node.core.wants(message, idOf(3))).toBe(false);
    s.say(3, message);
    expect(s.status.pending).toBe(0);
  });

  test('sends many requests in messages that fit', () => {
    const s = new Subject();
    const count = limits.requestsPerBatchTarget + 10;
    for (let i = 0; i < count; i++) s.request(nextRequest());
    for (let i = 0; i < 4; i++) s.request(nextRequest(1_000_000));
    s.append(2, { term: 1 });
    const forwards = s.heardBy(2, 'forward').map(({ requests }) => requests);
    expect(forwards.flat()).toHaveLength(count + 4);
    for (const requests of forwards) {
      expect(requests.length).toBeLessThanOrEqual(limits.requestsPerBatchTarget);
      const bytes = requests.reduce((sum, request) => sum + request.bytes.length, 0);
      expect(bytes).toBeLessThanOrEqual(limits.batchBytesMax);
    }
  });
});

describe('a leader', () => {
  test('gives each node room for its share of what is forwarded', () => {
    const s = new Subject().lead();
    const share = Math.floor(capacityBytes / 3);
    const requests = Array.from({ length: 14 }, () => nextRequest(1_000_000));
    s.say(2, { kind: 'forward', requests });
    expect(s.status.pendingBytes).toBeLessThanOrEqual(share);
    const before = s.status.pendingBytes;
    s.request(nextRequest(1_000_000));
    expect(s.status.pendingBytes).toBe(before + 1_000_000);
  });

  test('closes a batch at its bound', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    const requests = Array.from({ length: 6 }, () => nextRequest(200_000));
    s.say(2, { kind: 'forward', requests });
    const entries = s.node.state.log.uncommitted;
    expect(entries).toHaveLength(3);
    for (const { payload } of entries)
      expect(payload.length).toBeLessThanOrEqual(limits.batchBytesTarget);
  });

  test('that is deposed keeps what its own clients want, and hands that to the next', () => {
    const s = new Subject().lead();
    const own = s.request();
    s.say(2, { kind: 'forward', requests: [nextRequest()] });
    expect(s.status.pending).toBe(2);
    s.append(3, { term: 2 });
    expect(s.status.pending).toBe(1);
    expect(s.heardBy(3, 'forward')).toEqual([{ kind: 'forward', requests: [own] }]);
  });

  test('orders again, in a later term, what it ordered in vain', () => {
    const s = new Subject().lead();
    const request = s.request();
    expect(s.log).toEqual([1, 1]);
    s.append(3, { term: 2, terms: [2] });
    expect(s.log).toEqual([2]);
    s.lead();
    s.drained();
    expect(s.log).toEqual([2, 3, 3]);
    s.matched(2, 4);
    expect(s.node.ordered).toEqual([request.digest]);
  });

  test('proposes no more while its machine is far behind', () => {
    const s = new Subject().lead();
    s.matched(2, 2);
    s.node.applies = false;
    let index = 2;
    for (let i = 0; i < limits.applyLagMax; i++) {
      s.request();
      const { last } = s.node.state.log;
      if (last.index > index) s.matched(2, (index = last.index));
    }
    const { committed, applied } = s.status;
    expect(committed.index - applied).toBe(limits.applyLagMax / 2 + 1);
    expect(s.status.pending).toBeGreaterThan(limits.applyLagMax / 2);
    s.node.applyRest();
    s.drained();
    expect(s.node.state.log.last.index).toBeGreaterThan(index);
  });

  test('gives an entry no earlier time than the one before has, whatever its clock says', () => {
    const s = new Subject().lead();
    const before = s.node.state.log.lastTimestamp;
    expect(before).toBe(s.cluster.now.wallMs);
    s.cluster.now = { ...s.cluster.now, wallMs: 5 };
    s.request();
    expect(s.node.state.log.lastTimestamp).toBe(before);
    s.cluster.now = { ...s.cluster.now, wallMs: before + 7 };
    s.request();
    expect(s.node.state.log.lastTimestamp).toBe(before + 7);
  });
});

test('what a client asks anywhere is executed once, whoever leads when', () => {
  const cluster = new Cluster(5);
  const wanted = [1, 2, 3, 4, 5].map((i) => cluster.request(i));
  cluster.elect();
  for (let round = 0; round < 4; round++) {
    wanted.push(...[1, 2, 3, 4, 5].map((i) => cluster.request(i, makeRequest(`${round}${i}`, 1n))));
    cluster.leader?.resign();
    cluster.run(60);
  }
  cluster.run(2 * ELECTION_TIMEOUT_MS + requestTimeoutMs);
  for (const node of cluster.nodes) {
    expect([...new Set(node.ordered)].sort()).toEqual([...wanted].sort());
    expect(node.core.status().pending).toBe(0);
  }
});
