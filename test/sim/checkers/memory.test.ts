/** That the checker of memory can fail: for what is too much, and for what it does not know. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { limits } from '../../../src/base/limits.ts';
import { coreOf, startState } from '../../../src/consensus/tangaroa/core.ts';
import type { State } from '../../../src/consensus/tangaroa/state.ts';
import type { HostStatus, Queues } from '../../../src/host/status.ts';
import { depsOf, idOf } from '../../tangaroa/cluster.ts';
import { Puppets } from '../../tangaroa/puppets.ts';
import { Memory } from './memory.ts';
import { tangaroaBounds } from './memory-bounds.ts';

const OPTIONS = { voters: 4, clients: 3, capacityBytes: 1_000_000 };
const EMPTY: Queues = {
  peerFrames: 0,
  peerBytes: 0,
  clientFrames: 0,
  clientBytes: 0,
  lookups: 0,
  reads: 0,
  records: 0,
  sends: 0,
  entries: 0,
  entryBytes: 0,
};

/** A node that follows n1, and its state. */
function following(): { readonly p: Puppets; readonly state: State } {
  const p = new Puppets(2);
  const { configuration, genesis, now } = p.cluster;
  const committed = { index: genesis.header.index, hash: genesis.hash };
  const recovered = {
    genesis,
    term: null,
    accepted: null,
    prepared: null,
    commit: null,
    committed,
    applied: genesis.header.index,
    recent: [{ header: genesis.header, hash: genesis.hash }],
    tail: [],
    evidence: [],
    vote: null,
  };
  const state = startState({ self: idOf(2), configuration }, depsOf(idOf(2)), recovered, now);
  p.node.core = coreOf(state);
  const entries = p.chain(1, 5);
  p.tell(1, p.append(1, 1, entries, { commit: p.certificate('commit', entries.slice(-2, -1)) }));
  for (const voter of [1, 3, 4]) p.tell(voter, p.response(voter, 1, entries[4] ?? null));
  for (const voter of [3, 4]) p.tell(voter, p.suspect(voter, 2, 'silent', state.best.certificate));
  return { p, state };
}

function looking(state: object, queues: Partial<Queues> = {}): () => void {
  const checker = new Memory(tangaroaBounds(OPTIONS));
  const status = { queues: { ...EMPTY, ...queues } } as HostStatus;
  return () => checker.looked(idOf(2), status, state);
}

test('an honest node is within its bounds, as a follower, a candidate and a leader', () => {
  const { p, state } = following();
  expect(state.role.type).toBe('candidate');
  expect(looking(state)).not.toThrow();
  for (const voter of [1, 3]) {
    const { base } = state.role as Extract<State['role'], { type: 'candidate' }>;
    p.tell(voter, p.vote(voter, 2, base));
  }
  expect(state.role.type).toBe('leader');
  expect(looking(state)).not.toThrow();
  const checker = new Memory(tangaroaBounds(OPTIONS));
  checker.looked(idOf(2), { queues: EMPTY } as HostStatus, state);
  expect(checker.fullest.get('tally.voters')).toBe(1);
});

test('a field that came later fails until it is given a bound, wherever it stands', () => {
  const { state } = following();
  for (const container of [new Map(), new Set(), [], new Uint8Array(1)]) {
    expect(looking({ ...state, later: container })).toThrow(/later of n2 holds \d, and nothing/);
    expect(looking({ ...state, leader: { ...state.leader, later: container } })).toThrow(
      /leader.later/,
    );
    expect(looking({ ...state, passing: [{ later: container }] })).toThrow(/passing\[\].later/);
    const nested = new Map([['key', container]]);
    expect(looking({ ...state, proofSentMs: nested })).toThrow(/proofSentMs\[\]/);
  }
  class Hidden {}
  expect(looking({ ...state, later: new Hidden() })).toThrow(/does not say/);
  class Told {
    readonly sizes = { more: 1 };
  }
  expect(looking({ ...state, tally: new Told() })).toThrow(/tally.more/);
});

test('what is larger than its bound fails', () => {
  const { state } = following();
  const many = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
  const map = (count: number): ReadonlyMap<number, number> =>
    new Map(many(count).map((i) => [i, i]));
  expect(looking({ ...state, served: map(4) })).not.toThrow();
  expect(looking({ ...state, served: map(5) })).toThrow(/served of n2 holds 5, its bound is 4/);
  expect(looking({ ...state, passing: many(17) })).toThrow(/passing/);
  expect(looking({ ...state, evidence: many(4 * 8 + 1) })).toThrow(/evidence/);
  const payload = new Uint8Array(limits.batchBytesMax + 1);
  expect(looking({ ...state, passing: [{ payload }] })).toThrow(/payload/);
  const sizes = (held: number): object => ({ sizes: { ...state.chain.sizes, held } });
  class Fake {
    readonly sizes: unknown;
    constructor(of: { readonly sizes?: unknown }) {
      this.sizes = of.sizes;
    }
  }
  expect(looking({ ...state, chain: new Fake(sizes(100)) })).not.toThrow();
  expect(looking({ ...state, chain: new Fake(sizes(100_000)) })).toThrow(/chain.held/);
  expect(looking({ ...state, chain: new Fake(sizes(NaN)) })).toThrow(/chain.held/);
});

test('the queues of the host have bounds', () => {
  const { state } = following();
  const bounded: readonly (keyof Queues)[] = Object.keys(EMPTY) as (keyof Queues)[];
  for (const name of bounded) {
    expect(looking(state, { [name]: 100 })).not.toThrow();
    expect(looking(state, { [name]: 1e12 })).toThrow(`queues.${name}`);
  }
});

/** What nobody sees from outside: a container that is added to one of these belongs into its `sizes` too. */
test.for([
  ['tangaroa/chain', ['recent', 'held', 'path']],
  ['tangaroa/tally', ['sets', 'voters']],
  ['pool', ['byDigest', 'byClient', 'own', 'forwards', 'unordered', 'sums', 'spent']],
  ['tangaroa/witness', ['appends', 'responses']],
  ['raft/log', ['slots']],
  ['raft/progress', ['inFlight']],
  ['raft/tally', ['sets', 'matched']],
] as const)('the containers that %s hides are known here', ([file, known]) => {
  const url = new URL(`../../../src/consensus/${file}.ts`, import.meta.url);
  const fields = readFileSync(url, 'utf8').matchAll(
    /^ {2}(?:readonly )?#(\w+)(?:: .*(?:\[\]|Map|Set|VoterSets)| = (?:new |\[))/gm,
  );
  expect(new Set([...fields].map(([, name]) => name))).toEqual(new Set(known));
});
