import { beforeEach, describe, expect, test } from 'vitest';
import type { Machine, MachineRequest, Outcome } from '../../src/machine/machine.ts';
import { decodeQueryResult, encodeQuery } from '../../src/machine/query.ts';
import {
  ALICE,
  applyNext,
  BOB,
  get,
  key,
  memory,
  open,
  put,
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
const executedAt = (index: number): { index: number } => ({ index });

async function counter(): Promise<unknown> {
  const { result } = await machine.query(encodeQuery({ type: 'get', key: key('n') }), {
    id: ALICE,
    role: 'reader',
  });
  const decoded = decodeQueryResult(result);
  return decoded.ok && decoded.value.type === 'get' ? decoded.value.found?.value : null;
}

describe('C2: an equal repeat', () => {
  test('gets the first reply with the first index, and is not executed again', async () => {
    const sent = request({ first: 1n, commands: [increment, get('n')] });
    const first = await one(sent);
    const repeat = await one(sent);
    expect(first.index).toBe(1);
    expect(repeat).toEqual(repeated(first));
    expect(await counter()).toBe(1n);
  });

  test('in the same entry does too', async () => {
    const sent = request({ first: 1n, commands: [increment] });
    const [first, repeat] = await applyNext(machine, sent, sent);
    expect(repeat).toEqual(repeated(first!));
    expect(await counter()).toBe(1n);
  });

  test('does so after a restart, and errors repeat as well', async () => {
    const sent = request({ first: 1n, commands: [put('n', 'text'), increment] });
    const first = await one(sent);
    expect(resultsOf(first).map(verdict)).toEqual(['put', 'not-a-counter']);
    machine = await reopen(database);
    expect(await one(sent)).toEqual(repeated(first));
  });

  test('gets the first reply even if its client may not write any more', async () => {
    const sent = request({ first: 1n, commands: [increment] });
    const first = await one(sent);
    expect(await one({ ...sent, role: 'reader' })).toEqual(repeated(first));
  });

  test('changes nothing: state digest moves as for an entry without requests', async () => {
    const other = await open(memory());
    const sent = request({ first: 1n });
    await one(sent);
    await applyNext(other, sent);
    await one(sent);
    await applyNext(other);
    expect(machine.stateDigest).toBe(other.stateDigest);
  });
});

describe('C2: sequence reused', () => {
  test('for the same number with another command', async () => {
    await one(request({ first: 1n, commands: [put('k', 'a')] }));
    const outcome = await one(request({ first: 1n, commands: [put('k', 'b')] }));
    expect(outcome).toMatchObject(executedAt(0));
    expect(verdictOf(outcome)).toBe('sequence-reused');
  });

  test('for the same commands with another acknowledged-up-to: that is another request', async () => {
    await one(request({ first: 5n, acknowledged: 0n }));
    expect(verdictOf(await one(request({ first: 5n, acknowledged: 1n })))).toBe('sequence-reused');
  });

  test.each([
    ['its first number', 10n, 1],
    ['its last number', 12n, 1],
    ['its middle', 11n, 1],
    ['its end and beyond', 12n, 5],
    ['its start and before', 8n, 3],
    ['all of it and more', 8n, 9],
    ['the same first number but fewer', 10n, 2],
  ])('for a request that touches %s', async (_, first, count) => {
    await one(request({ first: 10n, commands: [increment, increment, increment] }));
    const commands = Array.from({ length: count }, () => increment);
    expect(verdictOf(await one(request({ first, commands })))).toBe('sequence-reused');
    expect(await counter()).toBe(3n);
  });

  test('for a request that spans a gap and the one behind it', async () => {
    await one(request({ first: 2n }));
    await one(request({ first: 6n }));
    const commands = [increment, increment, increment, increment];
    expect(verdictOf(await one(request({ first: 3n, commands })))).toBe('sequence-reused');
    expect((await one(request({ first: 3n, commands: commands.slice(1) }))).index).toBe(4);
  });

  test('for the same digest at another place: a repeat is equal in both', async () => {
    const sent = request({ first: 1n, commands: [increment, increment] });
    await one(sent);
    expect(verdictOf(await one({ ...sent, first: 2n }))).toBe('sequence-reused');
  });

  test('not for its direct neighbours, nor for another client', async () => {
    await one(request({ first: 10n, commands: [increment, increment] }));
    expect((await one(request({ first: 9n }))).index).toBe(2);
    expect((await one(request({ first: 12n }))).index).toBe(3);
    expect((await one(request({ first: 10n, client: BOB }))).index).toBe(4);
  });
});

describe('C2: too old', () => {
  test('for a number at or below the highest executed acknowledged-up-to', async () => {
    expect((await one(request({ first: 11n, acknowledged: 10n }))).floor).toBe(10n);
    expect(verdictOf(await one(request({ first: 10n })))).toBe('too-old');
    expect(verdictOf(await one(request({ first: 1n })))).toBe('too-old');
    expect((await one(request({ first: 12n }))).index).toBe(4);
  });

  test('for a request that begins at the floor and ends above it', async () => {
    await one(request({ first: 11n, acknowledged: 10n }));
    const outcome = await one(request({ first: 10n, commands: [increment, increment, increment] }));
    expect(verdictOf(outcome)).toBe('too-old');
    expect(outcome.index).toBe(0);
  });

  test('even for an equal repeat, once its client acknowledged it', async () => {
    const sent = request({ first: 1n });
    await one(sent);
    await one(request({ first: 2n, acknowledged: 1n }));
    expect(verdictOf(await one(sent))).toBe('too-old');
  });

  test('for number 0: numbers begin at 1', async () => {
    expect(verdictOf(await one(request({ first: 0n })))).toBe('too-old');
  });

  test('though a part of an acknowledged request is above the floor, its numbers stay used', async () => {
    await one(request({ first: 5n, commands: [increment, increment, increment] }));
    await one(request({ first: 20n, acknowledged: 5n }));
    expect(verdictOf(await one(request({ first: 6n })))).toBe('sequence-reused');
    machine = await reopen(database);
    expect(verdictOf(await one(request({ first: 7n })))).toBe('sequence-reused');
    expect((await one(request({ first: 8n }))).index).toBe(5);
  });

  test('a lower acknowledged-up-to does not lower the floor', async () => {
    await one(request({ first: 11n, acknowledged: 10n }));
    expect((await one(request({ first: 12n, acknowledged: 3n }))).floor).toBe(10n);
  });

  test('a request that acknowledges itself is executed once', async () => {
    const sent = request({ first: 1n, acknowledged: 9n, commands: [increment] });
    expect(await one(sent)).toMatchObject({ index: 1, floor: 9n });
    expect(verdictOf(await one(sent))).toBe('too-old');
    expect(await counter()).toBe(1n);
  });
});

describe('C2: void requests change nothing', () => {
  test.each([
    ['sequence-reused', request({ first: 11n, acknowledged: 10n, commands: [put('k', 'x')] })],
    ['too-old', request({ first: 3n, acknowledged: 200n })],
    ['invalid-request', request({ first: 500n, acknowledged: 100n })],
    ['invalid-request', request({ first: 30n, acknowledged: 20n, raw: [] })],
  ])('%s', async (code, sent) => {
    await one(request({ first: 11n, acknowledged: 5n }));
    const digest = machine.stateDigest;
    const other = await open(memory());
    await applyNext(other, request({ first: 11n, acknowledged: 5n }));
    expect(other.stateDigest).toBe(digest);
    const outcome = await one(sent);
    await applyNext(other);
    expect(verdictOf(outcome)).toBe(code);
    expect(outcome).toMatchObject({ index: 0, floor: 5n });
    expect(outcome.results).toHaveLength(1);
    expect(machine.stateDigest).toBe(other.stateDigest);
    expect((await one(request({ first: 12n }))).index).toBe(3);
  });
});
