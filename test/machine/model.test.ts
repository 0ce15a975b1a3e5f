/** Random histories against the plain model, with restarts in between. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/machine/command.ts';
import type { Machine, MachineRequest } from '../../src/machine/machine.ts';
import { decodeQueryResult, encodeQuery, type QueryResult } from '../../src/machine/query.ts';
import { commands, fewKeys, fewValues } from './arbitraries.ts';
import { Model } from './model.ts';
import {
  ALICE,
  applyNext,
  BOB,
  memory,
  open,
  request,
  resultsOf,
  sha256,
  type Memory,
} from './support.ts';

type Sent = MachineRequest & { readonly plain: readonly Command[] };
interface Step {
  readonly requests: readonly Sent[];
  readonly restart: boolean;
}

const someCommands = fc.array(commands(fewKeys, fewValues), { minLength: 1, maxLength: 4 });

const sent: fc.Arbitrary<Sent> = fc
  .record({
    client: fc.constantFrom(ALICE, BOB),
    role: fc.constantFrom('writer', 'writer', 'admin', 'reader'),
    // Mostly near each other, so that they collide; at times at the window's edge.
    first: fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 40n) }, fc.bigInt(250n, 300n)),
    acknowledged: fc.oneof({ weight: 3, arbitrary: fc.constant(0n) }, fc.bigInt(0n, 45n)),
    plain: someCommands,
  })
  .map(({ plain, ...parts }) => ({ ...request({ ...parts, commands: plain }), plain }));

/** Entries that pick from a pool of requests, so that some are repeated, in one entry or later. */
const histories: fc.Arbitrary<readonly Step[]> = fc
  .array(sent, { minLength: 1, maxLength: 25 })
  .chain((pool) =>
    fc.array(
      fc.record({
        requests: fc.array(fc.constantFrom(...pool), { maxLength: 5 }),
        restart: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  );

async function ask(
  machine: Machine,
  query: Parameters<typeof encodeQuery>[0],
  id = ALICE,
): Promise<QueryResult> {
  const decoded = decodeQueryResult(
    (await machine.query(encodeQuery(query), { id, role: 'reader' })).result,
  );
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}

async function expectState(machine: Machine, model: Model): Promise<void> {
  const start = new Uint8Array();
  const scan = { type: 'scan', start, end: null, limit: 1_000 } as const;
  expect(await ask(machine, scan)).toEqual(model.scan(start, null, 1_000));
  for (const client of [ALICE, BOB]) {
    const numbers = [...(model.used.get(client)?.keys() ?? [])];
    expect(await ask(machine, { type: 'session' }, client)).toEqual({
      type: 'session',
      acknowledged: model.floors.get(client) ?? 0n,
      executed: numbers.reduce((a, b) => (a > b ? a : b), 0n),
    });
  }
}

async function play(database: Memory, steps: readonly Step[], restarts: boolean): Promise<Machine> {
  let machine = await open(database);
  for (const step of steps) {
    await applyNext(machine, ...step.requests);
    if (restarts && step.restart) machine = await open(database);
  }
  return machine;
}

describe('a random history', () => {
  test('does what the model does, whenever it is restarted', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const database = memory();
        let machine = await open(database);
        const model = new Model();
        for (const { requests, restart } of steps) {
          const expected = model.applyEntry(
            requests.map(({ plain, ...rest }) => ({ ...rest, commands: plain })),
          );
          const outcomes = await applyNext(machine, ...requests);
          expect(outcomes.map((o) => ({ index: o.index, results: resultsOf(o) }))).toEqual(
            expected,
          );
          if (restart) machine = await open(database);
          await expectState(machine, model);
        }
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  test('gives equal digests where it is equal, whenever it is restarted', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const [one, other] = [
          await play(memory(), steps, true),
          await play(memory(), steps, false),
        ];
        expect(one.applied).toEqual(other.applied);
        expect(one.stateDigest).toBe(other.stateDigest);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  test('gives another digest for ever after, where one write differs', async () => {
    const value = fc.uint8Array({ maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), value, value, async (steps, at, a, b) => {
        fc.pre(sha256(a) !== sha256(b));
        const digests = [];
        for (const written of [a, b]) {
          const command: Command = { type: 'put', key: Uint8Array.of(9), value: written };
          // A client of its own, so that the write is executed.
          const more = request({
            client: sha256(Uint8Array.of(1)),
            first: 1n,
            commands: [command],
          });
          const place = at % steps.length;
          const changed = steps.map((step, i) =>
            i === place
              ? { ...step, requests: [...step.requests, { ...more, plain: [command] }] }
              : step,
          );
          digests.push((await play(memory(), changed, false)).stateDigest);
        }
        expect(digests[0]).not.toBe(digests[1]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  test('sometimes repeats, collides, is too old, fails and commits transactions', () => {
    const seen = new Set<string>();
    for (const steps of fc.sample(histories, { numRuns: 200, seed: 7 })) {
      const model = new Model();
      for (const { requests } of steps)
        for (const { results } of model.applyEntry(
          requests.map(({ plain, ...rest }) => ({ ...rest, commands: plain })),
        ))
          for (const result of results)
            seen.add(result.type === 'error' ? result.code : result.type);
    }
    for (const wanted of ['sequence-reused', 'too-old', 'invalid-request', 'counter-overflow'])
      expect(seen).toContain(wanted);
    for (const wanted of ['not-a-counter', 'forbidden', 'transaction', 'scan'])
      expect(seen).toContain(wanted);
  });
});
