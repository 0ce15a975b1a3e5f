import { beforeEach, describe, expect, test } from 'vitest';
import type { Machine, MachineRequest, Outcome } from '../../src/machine/machine.ts';
import { decodeQueryResult, encodeQuery } from '../../src/machine/query.ts';
import {
  ALICE,
  applyNext,
  BOB,
  key,
  memory,
  open,
  reopen,
  request,
  resultsOf,
  verdict,
  type Memory,
  repeated,
} from './support.ts';

let database: Memory;
let machine: Machine;

beforeEach(async () => {
  database = memory();
  machine = await open(database);
});

async function one(sent: MachineRequest): Promise<Outcome> {
  const [outcome] = await applyNext(machine, sent);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

const verdictOf = (outcome: Outcome): string => verdict(resultsOf(outcome)[0]);
const increment = { type: 'increment', key: key('n'), by: 1n } as const;

async function counter(): Promise<unknown> {
  const { result } = await machine.query(encodeQuery({ type: 'get', key: key('n') }), {
    id: ALICE,
    role: 'reader',
  });
  const decoded = decodeQueryResult(result);
  return decoded.ok && decoded.value.type === 'get' ? decoded.value.found?.value : null;
}

describe('C2: the window of 256', () => {
  const fill = (count: number, first: bigint): MachineRequest =>
    request({ first, commands: Array.from({ length: count }, () => increment) });

  test.each([
    [255n, 'increment'],
    [256n, 'increment'],
    [257n, 'invalid-request'],
  ])('above acknowledged-up-to 0 number %s is %s', async (first, expected) => {
    expect(verdictOf(await one(fill(1, first)))).toBe(expected);
  });

  test.each([
    [255, 'increment'],
    [256, 'increment'],
    [257, 'invalid-request'],
  ])('one request of %s commands is %s', async (count, expected) => {
    expect(verdictOf(await one(fill(count, 1n)))).toBe(expected);
  });

  test('is checked at the last number, against what the request itself acknowledges', async () => {
    expect(verdictOf(await one(fill(2, 256n)))).toBe('invalid-request');
    const sent = request({ first: 257n, acknowledged: 1n, commands: [increment] });
    expect(verdictOf(await one(sent))).toBe('increment');
    expect(verdictOf(await one(fill(1, 258n)))).toBe('invalid-request');
  });

  test('full of single requests, in any order, remembers each across a restart', async () => {
    const all = Array.from({ length: 256 }, (_, i) => fill(1, BigInt(((i * 101) % 256) + 1)));
    const outcomes = await applyNext(machine, ...all);
    machine = await reopen(database);
    expect(await applyNext(machine, ...all)).toEqual(outcomes.map(repeated));
    expect(await counter()).toBe(256n);
  });

  test('slides: slots are taken over by what is 256 numbers later, and only those', async () => {
    const [first, second] = [fill(1, 1n), fill(1, 2n)];
    const others = Array.from({ length: 254 }, (_, i) => fill(1, BigInt(i + 3)));
    await applyNext(machine, first, second, ...others);
    const next = request({ first: 257n, acknowledged: 1n, commands: [increment] });
    await one(next);
    machine = await reopen(database);
    const [old, kept, newest] = await applyNext(machine, first, second, next);
    expect(verdict(resultsOf(old)[0])).toBe('too-old');
    expect(kept?.index).toBe(1);
    expect(newest?.index).toBe(2);
    expect(await counter()).toBe(257n);
  });

  test('forgets what slid out of it, also when it is read back', async () => {
    const all = Array.from({ length: 256 }, (_, i) => fill(1, BigInt(i + 1)));
    await applyNext(machine, ...all);
    const later = (first: bigint): MachineRequest => request({ first, acknowledged: 256n });
    await one(later(257n));
    machine = await reopen(database);
    expect((await one(later(258n))).index).toBe(3);
    expect((await one(later(257n))).index).toBe(2);
  });

  test('reaches the last 64-bit number and not beyond', async () => {
    const last = (1n << 64n) - 1n;
    const acknowledged = last - 1n;
    expect(
      verdictOf(
        await one(request({ first: last, acknowledged, commands: [increment, increment] })),
      ),
    ).toBe('invalid-request');
    expect(
      verdictOf(await one(request({ first: last, acknowledged, commands: [increment] }))),
    ).toBe('increment');
    machine = await reopen(database);
    expect(
      verdictOf(await one(request({ first: last, acknowledged, commands: [increment] }))),
    ).toBe('increment');
    expect(await counter()).toBe(1n);
  });
});

describe('C2: lookup', () => {
  const ask = (sent: MachineRequest): ReturnType<Machine['lookup']> =>
    machine.lookup({ ...sent, count: sent.commands.length });

  test('knows executed and void requests, also after a restart, and nothing of new ones', async () => {
    const sent = request({ first: 11n, acknowledged: 10n, commands: [increment] });
    expect(await ask(sent)).toEqual({ type: 'new' });
    const { results } = await one(sent);
    for (const restarted of [false, true]) {
      if (restarted) machine = await reopen(database);
      const known = await ask(sent);
      expect(known).toMatchObject({ type: 'known', index: 1 });
      expect(known.type === 'known' && known.results()).toEqual(results);
      expect(await ask(request({ first: 12n }))).toEqual({ type: 'new' });
      const old = await ask(request({ first: 10n }));
      expect(old).toMatchObject({ type: 'known', index: 0 });
      const reused = await ask(request({ first: 11n, commands: [increment, increment] }));
      expect(reused).toMatchObject({ type: 'known', index: 0 });
    }
  });

  test('the session query says where a new process of a client may go on', async () => {
    const session = async (id: string): Promise<unknown> => {
      const { result } = await machine.query(encodeQuery({ type: 'session' }), {
        id,
        role: 'writer',
      });
      const decoded = decodeQueryResult(result);
      return decoded.ok ? decoded.value : decoded.reason;
    };
    expect(await session(ALICE)).toEqual({ type: 'session', acknowledged: 0n, executed: 0n });
    await one(request({ first: 9n, acknowledged: 4n, commands: [increment, increment] }));
    await one(request({ first: 7n, acknowledged: 3n }));
    for (const restarted of [false, true]) {
      if (restarted) machine = await reopen(database);
      expect(await session(ALICE)).toEqual({ type: 'session', acknowledged: 4n, executed: 10n });
      expect(await session(BOB)).toEqual({ type: 'session', acknowledged: 0n, executed: 0n });
    }
  });
});
