/** What one request and one entry may cost, whoever sends it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Writer } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';
import { RequestBudget, EntryBudget, SMALL_RESULT_BYTES } from '../../src/machine/budget.ts';
import type { Command, Operation } from '../../src/machine/command.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { encodeResult, RESULT_CODES } from '../../src/machine/result.ts';
import { Session } from '../../src/machine/session.ts';
import { resultsOf, Sessions } from '../../src/machine/sessions.ts';
import { EntryWrites } from '../../src/machine/writes.ts';
import { encodeSlot, slotKey } from '../../src/machine/layout.ts';
import { COUNTER_MIN } from '../../src/machine/value.ts';
import {
  applyNext,
  get,
  key,
  memory,
  open,
  request,
  resultsOf as resultsOfOutcome,
  run,
  verdict,
  repeated,
} from './support.ts';

let machine: Machine;
const big = (name: string): Operation => {
  return { type: 'put', key: key(name), value: new Uint8Array(limits.valueBytesMax).fill(3) };
};
const clientOf = (number: number): string =>
  new Writer()
    .raw(new Uint8Array(24))
    .u53(number)
    .finish()
    .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');

beforeEach(async () => {
  machine = await open(memory());
});

describe('a request', () => {
  test('answers with at most one large value; the rest must be asked for separately', async () => {
    await run(machine, big('a'));
    const results = await run(machine, get('a'), get('a'), {
      type: 'increment',
      key: key('n'),
      by: 1n,
    });
    expect(results.map(verdict)).toEqual(['get', 'result-too-large', 'increment']);
  });

  test('has room for its largest get behind and before 255 small results', async () => {
    await run(machine, big('a'));
    const small = Array.from({ length: 255 }, (): Command => ({
      type: 'increment',
      key: key('n'),
      by: 1n,
    }));
    for (const commands of [
      [get('a'), ...small],
      [...small, get('a')],
    ]) {
      const results = await run(machine, ...commands);
      expect(results.some(({ type }) => type === 'error')).toBe(false);
    }
  });

  test('never answers with more than its bound', async () => {
    const value = new Uint8Array(4_000);
    for (let i = 0; i < 40; i++) await run(machine, { type: 'put', key: key(`k${i}`), value });
    const scan: Command = { type: 'scan', start: key('k'), end: null, limit: 100 };
    const gets = Array.from({ length: 100 }, (_, i) => get(`k${i % 40}`) as Operation);
    const list: Command = { type: 'transaction', compares: [], then: gets, else: [] };
    const commands = Array.from(
      { length: 256 },
      (_, i) => [scan, list, get('k1')][i % 3] as Command,
    );
    const [outcome] = await applyNext(
      machine,
      request({ first: 1n, client: clientOf(1), commands }),
    );
    const bytes = (outcome?.results ?? []).reduce((sum, result) => sum + result.length, 0);
    expect(outcome?.results).toHaveLength(256);
    expect(bytes).toBeLessThanOrEqual(limits.resultBytesMax);
    expect(bytes).toBeGreaterThan(limits.resultBytesMax / 2);
  });

  test('a transaction whose answer is too large is undone as a whole', async () => {
    await run(machine, big('a'));
    const write: Operation = { type: 'put', key: key('b'), value: 1n };
    const then = [write, get('a') as Operation, get('a') as Operation];
    const results = await run(
      machine,
      { type: 'transaction', compares: [], then, else: [] },
      get('b'),
    );
    expect(results[0]).toEqual({ type: 'error', code: 'result-too-large', operation: 2 });
    expect(results[1]).toMatchObject({ found: null });
  });

  test('runs a bounded number of operations', async () => {
    const then = Array.from({ length: 127 }, () => get('a') as Operation);
    const list: Command = { type: 'transaction', compares: [], then, else: [] };
    const results = await run(machine, ...Array.from({ length: 40 }, () => list), get('a'));
    const fitting = limits.operationsPerRequestMax / 128;
    expect(results.slice(0, fitting).every(({ type }) => type === 'transaction')).toBe(true);
    expect(results.slice(fitting).map(verdict)).toEqual(
      Array(41 - fitting).fill('too-many-operations'),
    );
  });
});

describe('an entry', () => {
  test('reads and answers within bounds: reads beyond are busy, writes go on', async () => {
    await run(machine, big('a'));
    const readers = Array.from({ length: 20 }, (_, i) =>
      request({ first: 1n, client: clientOf(i), commands: [get('a')] }),
    );
    const put: Command = { type: 'put', key: key('b'), value: 1n };
    const last = request({ first: 1n, client: clientOf(99), commands: [put, get('b')] });
    const outcomes = await applyNext(machine, ...readers, last);
    const verdicts = outcomes.map((outcome) => resultsOfOutcome(outcome).map(verdict).join());
    const fitting = Math.floor(limits.entryResultBytesMax / limits.valueBytesMax);
    expect(verdicts.filter((text) => text === 'get').length).toBe(fitting - 1);
    expect(verdicts.filter((text) => text === 'busy').length).toBe(20 - fitting + 1);
    expect(verdicts.at(-1)).toBe('put,get');
  });

  test('does a bounded number of reads', async () => {
    const scans = Array.from({ length: 256 }, (): Command => ({
      type: 'scan',
      start: key(''),
      end: null,
      limit: 1,
    }));
    const many = Array.from({ length: 40 }, (_, i) =>
      request({ first: 1n, client: clientOf(i), commands: scans }),
    );
    const verdicts = (await applyNext(machine, ...many)).flatMap((o) =>
      resultsOfOutcome(o).map(verdict),
    );
    expect(verdicts.filter((text) => text === 'scan').length).toBeLessThanOrEqual(
      limits.entryReadsMax / 16,
    );
    expect(verdicts.at(-1)).toBe('busy');
    expect(await run(machine, get('a'))).toHaveLength(1);
  });

  test('of large repeats brings only so many into memory; lookup has the others', async () => {
    await run(machine, big('a'));
    const sent = Array.from({ length: 20 }, (_, i) =>
      request({ first: 1n, client: clientOf(i), commands: [get('a')] }),
    );
    for (const one of sent) await applyNext(machine, one);
    const outcomes = await applyNext(machine, ...sent);
    const unread = outcomes.findIndex(({ results }) => results === null);
    expect(unread).toBe(15);
    expect(outcomes[unread]?.index).toBe(17);
    const [asked] = sent.slice(unread);
    const known = asked && (await machine.lookup({ ...asked, count: 1 }));
    expect(known).toMatchObject({ type: 'known', index: 17 });
    expect(known?.type === 'known' && known.results()?.[0]?.length).toBeGreaterThan(
      limits.valueBytesMax,
    );
  });
});

test('no small result is larger than the room that is kept for it', () => {
  const revision = { index: Number.MAX_SAFE_INTEGER, order: 0xffff_ffff };
  const small = [
    encodeResult({ type: 'put', revision }),
    encodeResult({ type: 'delete', existed: true }),
    encodeResult({ type: 'increment', value: COUNTER_MIN, revision }),
    ...RESULT_CODES.map((code) => encodeResult({ type: 'error', code, operation: 127 })),
  ];
  for (const bytes of small) expect(bytes.length).toBeLessThanOrEqual(SMALL_RESULT_BYTES);
  const budget = new RequestBudget(new EntryBudget(), limits.commandsPerRequestMax);
  expect(budget.refuses(19 + limits.valueBytesMax)).toBeNull();
  expect(budget.room()).toBeGreaterThan(4_104 + 19 + limits.keyBytesMax + limits.valueBytesMax);
});

test('a command may use all the room but what the commands behind it need', () => {
  const budget = new RequestBudget(new EntryBudget(), 3);
  const whole = limits.resultBytesMax;
  expect(budget.room()).toBe(whole - 2 * SMALL_RESULT_BYTES);
  budget.end(100);
  expect(budget.room()).toBe(whole - 100 - SMALL_RESULT_BYTES);
  budget.end(100);
  expect(budget.room()).toBe(whole - 200);
});

test('a slot that a later request took has no results of the earlier', () => {
  const session = new Session(clientOf(1), { floor: 0n, highest: 0n }, []);
  const writes = new EntryWrites(memory());
  const early = { first: 1n, last: 1n, digest: clientOf(7), index: 1 };
  const late = { first: 257n, last: 257n, digest: clientOf(8), index: 2 };
  const result = Uint8Array.of(1);
  writes.put(slotKey(session.key, 257n), encodeSlot(writes.arena, late, [result]));
  expect(resultsOf(session, late, writes)).toEqual([result]);
  expect(resultsOf(session, early, writes)).toBeNull();
});

test('C2: looking up other sessions meanwhile does not lose one that an entry changed', async () => {
  const by = { type: 'increment', key: key('n'), by: 1n } as const;
  const sent = Array.from({ length: limits.sessionsInMemoryMax + 10 }, (_, i) =>
    request({ first: 1n, client: clientOf(i), commands: [by] }),
  );
  let done = false;
  const applying = applyNext(machine, ...sent, ...sent.slice(0, 1)).finally(() => (done = true));
  for (let i = 0; !done; i++)
    await machine.lookup({
      client: clientOf(10_000 + i),
      first: 1n,
      count: 1,
      digest: clientOf(i),
    });
  const outcomes = await applying;
  expect(outcomes.at(-1)).toEqual(repeated(outcomes[0]!));
  expect(resultsOfOutcome(outcomes.at(-2))).toMatchObject([{ value: BigInt(sent.length) }]);
});

test('sessions in memory are bounded, and those used last stay', async () => {
  const sessions = new Sessions(memory());
  const head = { floor: 0n, highest: 0n };
  const count = limits.sessionsInMemoryMax + 10;
  for (let i = 0; i < count; i++) sessions.keep(clientOf(i), new Session(clientOf(i), head, []));
  sessions.keep(clientOf(0), new Session(clientOf(0), head, []));
  sessions.trim();
  const kept = Array.from({ length: count }, (_, i) => sessions.cached(clientOf(i)) !== undefined);
  expect(kept.filter(Boolean)).toHaveLength(limits.sessionsInMemoryMax);
  expect([kept[0], kept[1], kept.at(-1)]).toEqual([true, false, true]);
});
