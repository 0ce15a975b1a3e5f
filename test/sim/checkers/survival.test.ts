/** That the checker of what survives can fail. Four voters, one of them a traitor: two honest ones must hold it. */
import { expect, test } from 'vitest';
import type { Recovered, StoreRecord } from '../../../src/consensus/core.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import { positionOf } from '../../../src/consensus/model/entry.ts';
import { idOf } from '../../tangaroa/cluster.ts';
import { Puppets } from '../../tangaroa/puppets.ts';
import { Survival } from './survival.ts';

const p = new Puppets(2);
const entries = p.chain(1, 6);
const [first, second, third] = entries as [Entry, Entry, Entry];

class Rig {
  readonly checker = new Survival({ voters: [1, 2, 3, 4].map(idOf), quorum: 3, traitors: 1 });

  stores(number: number, ...stored: readonly Entry[]): this {
    return this.writes(
      number,
      stored.map((entry) => ({ type: 'entry', entry })),
    );
  }

  drops(number: number, ...dropped: readonly Entry[]): this {
    return this.writes(
      number,
      dropped.map((entry) => ({ type: 'drop', position: positionOf(entry) })),
    );
  }

  writes(number: number, records: readonly StoreRecord[]): this {
    this.checker.storing(idOf(number), records);
    this.checker.stored(idOf(number), records);
    return this;
  }

  commits(number: number, ...committed: readonly Entry[]): this {
    this.checker.committed(idOf(number), committed);
    return this;
  }

  /** With `recent` up to what it remembers as committed, and `tail` above. */
  starts(number: number, recent: readonly Entry[], tail: readonly Entry[]): this {
    const chain = [p.genesis, ...recent];
    const recovered: Recovered = {
      genesis: p.genesis,
      term: null,
      accepted: null,
      prepared: null,
      commit: null,
      committed: positionOf(chain.at(-1) as Entry),
      applied: chain.at(-1)?.header.index ?? p.genesis.header.index,
      recent: chain.map(({ header, hash }) => ({ header, hash })),
      tail,
      evidence: [],
      vote: null,
    };
    this.checker.started(idOf(number), recovered);
    return this;
  }
}

test('a commit needs as many honest holders as every quorum has', () => {
  expect(() => new Rig().stores(1, first).stores(2, first).commits(1, first)).not.toThrow();
  expect(() => new Rig().stores(1, first).commits(1, first)).toThrow(/1 honest voters alone: n1/);
  expect(() => new Rig().stores(2, first).stores(3, first).commits(1, first)).toThrow(
    /not durable there/,
  );
  expect(() =>
    new Rig().stores(1, first, second).stores(2, first).commits(1, first, second),
  ).toThrow(/entry 3/);
});

test('what is on its way to the disk is held by nobody', () => {
  const rig = new Rig().stores(1, first);
  rig.checker.storing(idOf(2), [{ type: 'entry', entry: first }]);
  expect(() => rig.commits(1, first)).toThrow(/alone/);
  expect(() => rig.stores(2, first).commits(1, first)).not.toThrow();
});

test('who committed an entry does not drop it, and too few others do not either', () => {
  const rig = (): Rig => new Rig().stores(1, first).stores(2, first).stores(3, first);
  expect(() => rig().commits(1, first).drops(1, first)).toThrow(/called committed/);
  expect(() => rig().commits(1, first).drops(2, first)).not.toThrow();
  expect(() => rig().commits(1, first).drops(2, first).drops(3, first)).toThrow(/n3 drops entry 2/);
  expect(() => rig().drops(3, first).commits(1, first)).not.toThrow();
  expect(() => rig().drops(2, first).drops(3, first).commits(1, first)).toThrow(/alone/);
});

test('an entry that one write stores and drops is not held, one that it drops and stores is', () => {
  const entry = { type: 'entry', entry: first } as const;
  const drop = { type: 'drop', position: positionOf(first) } as const;
  const rig = (): Rig => new Rig().stores(1, first);
  expect(() => rig().writes(2, [entry, drop]).commits(1, first)).toThrow(/alone/);
  expect(() => rig().writes(2, [entry, drop, entry]).commits(1, first)).not.toThrow();
});

test('a node comes back with everything that it called committed', () => {
  const rig = (): Rig =>
    new Rig()
      .stores(1, ...entries)
      .stores(2, ...entries)
      .commits(1, first, second);
  expect(() => rig().starts(1, [first, second], [third])).not.toThrow();
  // A certificate may be lost with the write that it was waiting for, an entry may not.
  expect(() => rig().starts(1, [first], [second, third])).not.toThrow();
  expect(() => rig().starts(1, [], [first, second])).not.toThrow();
  expect(() => rig().starts(1, [first], [])).toThrow(/entry 3 committed/);
  expect(() => rig().starts(1, [p.termEntry(2), second], [])).toThrow(/entry 2 committed/);
  expect(() => rig().starts(3, [], [])).not.toThrow();
});

test('who comes back without the certificate of what it committed may drop it, while enough others hold it', () => {
  const rig = (): Rig =>
    new Rig()
      .stores(1, first, second)
      .stores(2, first, second)
      .stores(3, first, second)
      .commits(1, first, second)
      .starts(1, [first], [second]);
  expect(() => rig().drops(1, second)).not.toThrow();
  expect(() => rig().drops(1, first)).toThrow(/called committed/);
  expect(() => rig().drops(2, second).drops(1, second)).toThrow(/n1 drops entry 3/);
});

test('where the recovered headers end, the lowest parent vouches for what lies below', () => {
  const rig = new Rig()
    .stores(1, ...entries)
    .stores(2, ...entries)
    .commits(1, ...entries);
  const recent = entries.slice(2).map(({ header, hash }) => ({ header, hash }));
  const recovered = {
    genesis: p.genesis,
    committed: positionOf(entries.at(-1) as Entry),
    recent,
    tail: [],
  } as unknown as Recovered;
  expect(() => rig.checker.started(idOf(1), recovered)).not.toThrow();
  const forged = recent.map((linked, i) =>
    i > 0 ? linked : { ...linked, header: { ...linked.header, parent: first.hash } },
  );
  expect(() => rig.checker.started(idOf(1), { ...recovered, recent: forged })).toThrow(/entry 3/);
});

test('what a crash made durable after all counts from the next start on', () => {
  const rig = new Rig().stores(1, first);
  rig.checker.storing(idOf(2), [{ type: 'entry', entry: first }]);
  expect(() => rig.starts(2, [], [first]).commits(1, first)).not.toThrow();
});
