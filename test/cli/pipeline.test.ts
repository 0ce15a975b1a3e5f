import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CliError } from '../../src/cli/cli-error.ts';
import { runPipeline } from '../../src/cli/input/pipeline.ts';
import type { PipelineDeps } from '../../src/cli/input/pipeline.ts';
import type { KeyValue } from '../../src/cli/input/record.ts';
import { stream } from './fake-world.ts';

const OPTIONS = {
  name: 'f.jsonl',
  fromLine: 1,
  batchMax: 3,
  batchBytesMax: 500,
  inFlightMax: 9,
  inFlightBytesMax: 1_000,
};

function recordLine(key: string, value: string): string {
  return `${JSON.stringify({ key, value })}\n`;
}

/** A store whose puts finish when, and in the order in which, `pick` says. */
function slowStore(pick: (waiting: number) => number) {
  const state = new Map<string, string>();
  const waiting: (() => void)[] = [];
  const seen = { inFlight: 0, most: 0, bytes: 0, mostBytes: 0 };
  const turn = (): void => {
    waiting.splice(pick(waiting.length), 1)[0]?.();
    if (waiting.length > 0) setImmediate(turn);
  };
  const put = async (records: readonly KeyValue[]): Promise<void> => {
    const texts = records.map(({ key, value }) => {
      if (typeof value === 'bigint') throw new TypeError('no counters here');
      return [Buffer.from(key).toString(), Buffer.from(value).toString()] as const;
    });
    const bytes = texts.flat().reduce((sum, text) => sum + text.length, 0);
    seen.inFlight += texts.length;
    seen.bytes += bytes;
    seen.most = Math.max(seen.most, seen.inFlight);
    seen.mostBytes = Math.max(seen.mostBytes, seen.bytes);
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(turn);
    });
    for (const [key, value] of texts) state.set(key, value);
    seen.inFlight -= texts.length;
    seen.bytes -= bytes;
  };
  return { state, put, seen };
}

function deps(chunks: AsyncIterable<Uint8Array>, put: PipelineDeps['put']): PipelineDeps {
  return {
    chunks,
    put,
    stop: new AbortController().signal,
    onProgress: () => Promise.resolve(),
  };
}

describe('the import pipeline', () => {
  test('whatever order puts finish in, the last record of a key wins and the bounds hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat(99))),
        fc.infiniteStream(fc.nat(1000)),
        async (records, order) => {
          const store = slowStore((waiting) => (order.next().value as number) % waiting);
          const lines = records.map(([key, value]) => recordLine(key, String(value)));
          const result = await runPipeline(
            { ...OPTIONS, batchBytesMax: 5 },
            deps(stream(...lines), store.put),
          );
          expect(result).toMatchObject({ records: records.length, failure: null });
          expect(new Map(store.state)).toEqual(
            new Map(records.map(([key, value]) => [key, String(value)])),
          );
          expect(store.seen.most).toBeLessThanOrEqual(OPTIONS.inFlightMax);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('bytes in flight are bounded, but one large record alone goes through', async () => {
    const store = slowStore(() => 0);
    const lines = [400, 400, 400, 5_000, 10].map((size, at) =>
      recordLine(`k${at}`, 'x'.repeat(size)),
    );
    const result = await runPipeline(OPTIONS, deps(stream(...lines), store.put));
    expect(result.records).toBe(5);
    expect(store.seen.mostBytes).toBe(5_002);
  });

  test('a bad line is named with its file, and everything before it is in', async () => {
    const store = slowStore((waiting) => waiting - 1);
    const text = recordLine('a', '1') + recordLine('b', '2') + '{"key":\n' + recordLine('c', '3');
    const result = await runPipeline(OPTIONS, deps(stream(text), store.put));
    expect(result.records).toBe(2);
    expect([...store.state.keys()].sort()).toEqual(['a', 'b']);
    expect(result.failure?.line).toBe(3);
    expect(String(result.failure?.error)).toMatch(/f\.jsonl:3: the line is not/u);
  });

  test('of several failures the lowest line counts: all before it was acknowledged', async () => {
    let batches = 0;
    const put = async (records: readonly KeyValue[]): Promise<void> => {
      const number = ++batches;
      // The later ones fail sooner.
      for (let turn = number; turn < 5; turn++)
        await new Promise((resolve) => setImmediate(resolve));
      if (number > 1) throw new Error(String(records.length));
    };
    const text = Array.from({ length: 9 }, (_, at) => recordLine(`k${at}`, '')).join('');
    const result = await runPipeline(OPTIONS, deps(stream(text), put));
    expect(result.records).toBe(3);
    expect(result.failure?.line).toBe(4);
  });

  test('a record is not held back because the next one is slow', async () => {
    const store = slowStore(() => 0);
    const isPut = async (): Promise<void> => {
      while (store.state.size === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    async function* slowInput() {
      yield Buffer.from(recordLine('a', '1'));
      await isPut();
      yield Buffer.from(recordLine('b', '2'));
    }
    const result = await runPipeline(OPTIONS, deps(slowInput(), store.put));
    expect(result.records).toBe(2);
  });

  test('it goes on from a line, and skips blank ones', async () => {
    const store = slowStore(() => 0);
    const text = `not json\n\n${recordLine('b', '2')}\r\n${recordLine('c', '3')}`;
    const result = await runPipeline({ ...OPTIONS, fromLine: 3 }, deps(stream(text), store.put));
    expect(result).toMatchObject({ records: 2, failure: null });
  });

  test('a signal stops the reading; what was handed over is waited for', async () => {
    const controller = new AbortController();
    const store = slowStore(() => 0);
    const text = ['a', 'b', 'c', 'd', 'e'].map((key) => recordLine(key, '')).join('');
    let lines = 0;
    const result = await runPipeline(OPTIONS, {
      ...deps(stream(text), store.put),
      stop: controller.signal,
      onProgress: () => {
        if (++lines === 2) controller.abort('SIGTERM');
        return Promise.resolve();
      },
    });
    expect(store.state.size).toBe(2);
    expect(result.failure?.line).toBe(3);
    expect(result.failure?.error).toBeInstanceOf(CliError);
    expect(result.failure?.error).toMatchObject({ exitCode: 143 });
  });
});
