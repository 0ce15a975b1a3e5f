/** That the fuzzer can find: each promise, broken on purpose by a target of one line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readKept } from './corpus.ts';
import { feed, Fuzzer } from './engine.ts';
import type { Finding } from './engine.ts';
import { runTarget } from './parent.ts';
import { shrink } from './shrink.ts';
import { decoderBytes, nothingToClose } from './target.ts';
import type { Target } from './target.ts';
import { judgeDecoder } from './targets/codec.ts';

function targetOf(run: Target['run'], more: Partial<Target> = {}): Target {
  return {
    name: 'broken-on-purpose',
    takes: '',
    holds: '',
    shape: 'bytes',
    seeds: () => [new Uint8Array(40)],
    mutations: [],
    run,
    keeps: null,
    allocates: decoderBytes,
    testCases: 0,
    close: nothingToClose,
    ...more,
  };
}

/** What is found within so many mutations of forty zeros. */
async function find(target: Target, cases = 3_000): Promise<Finding> {
  const fuzzer = new Fuzzer(target, { seed: 1, weighedMax: 4 });
  let finding = await fuzzer.start(new Uint8Array(40));
  for (let i = 0; i < cases && finding === null; i++) finding = await fuzzer.next();
  if (finding === null) throw new Error('nothing was found');
  return finding;
}

describe('is found, and made small', () => {
  const limits = { untilMs: Infinity, nowMs: () => 0, alive: () => undefined };

  test('what throws', async () => {
    const target = targetOf((input) => {
      if (input.includes(0x7f) && input.includes(0xfe)) throw new TypeError('a fault of ours');
      // What shows something new is kept, and changed further.
      return String(input.includes(0x7f));
    });
    const finding = await find(target);
    expect(finding.text).toContain('a fault of ours');
    const { input } = await shrink(target, finding, limits);
    expect([...input].sort((a, b) => a - b)).toEqual([0x7f, 0xfe]);
  });

  test('what has two forms', async () => {
    const target = targetOf((input) =>
      judgeDecoder(
        {
          decode: (bytes) => ({ ok: true, value: bytes.length }),
          encode: (length) => new Uint8Array(length),
          describe: () => '',
        },
        input,
      ),
    );
    expect((await find(target)).text).toContain('not canonical');
  });

  test('what changes its input', async () => {
    const target = targetOf((input) => {
      if (input[0] === 1) input.fill(9);
      return '';
    });
    expect((await find(target)).text).toContain('changes its input');
  });

  test('what reads beyond its input', async () => {
    const target = targetOf((input) => {
      if (new Uint8Array(input.buffer).length > input.length + 8) throw new Error('offset');
      return '';
    });
    expect((await find(target)).text).toContain('offset');
  });

  test('what pollutes a prototype, which is clean again afterwards', async () => {
    const target = targetOf((input) => {
      if (input[3] === 2) Object.assign(Object.prototype, { polluted: true });
      return '';
    });
    expect((await find(target)).text).toContain('Object.polluted is new');
    expect('polluted' in {}).toBe(false);
  });

  test('what allocates for a number', async () => {
    const target = targetOf((input) => `${new Uint8Array((input[0] ?? 0) * 65_536).length > 0}`);
    expect((await find(target)).text).toMatch(/allocates \d+ bytes, where \d+ are allowed/u);
  });

  test('what keeps more than it was given', async () => {
    const target = targetOf((input) => `${input[0] === 5}`, {
      keeps: () => new Uint8Array(200_000),
    });
    expect((await find(target)).text).toMatch(/keeps \d+ bytes of/u);
  });

  test('and nothing where all holds', async () => {
    const target = targetOf((input) => `${input.length % 3}`, { keeps: (input) => [...input] });
    await expect(find(target, 300)).rejects.toThrow('nothing was found');
  });

  test('the same for the same seed', async () => {
    const inputs = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const fuzzer = new Fuzzer(
          targetOf((input) => `${input[0]}`),
          { seed, weighedMax: 0 },
        );
        await fuzzer.start(new Uint8Array(40));
        for (let i = 0; i < 50; i++) await fuzzer.next();
        return fuzzer.draw();
      }),
    );
    expect(inputs[0]).toEqual(inputs[1]);
    expect(inputs[0]).not.toEqual(inputs[2]);
  });

  test('a view of seven bytes into a larger buffer is what is fed', async () => {
    const target = targetOf((input) => `${input.byteOffset}`);
    expect(await feed(target, new Uint8Array(3))).toEqual({ verdict: '7' });
  });
});

describe('a child', () => {
  const progress = '{cases: 1, verdicts: 1, kept: 1, heapBytes: {first: 0, last: 0}}';

  /** Only who hangs on purpose is waited for in seconds: a busy machine is no hang. */
  async function oversee(script: string, silenceMs = 60_000) {
    const directory = mkdtempSync(join(tmpdir(), 'tangaroa-fuzz-test-'));
    const file = join(directory, 'child.mjs');
    writeFileSync(
      file,
      `import { writeFileSync } from 'node:fs';
       const said = (type) => new Promise((done) => process.send({ type, progress: ${progress} }, done));
       await said('alive');
       writeFileSync(process.argv.at(-1), Buffer.from([0, 0, 0, 2, 0xca, 0xfe, 0xff]));
       ${script}`,
    );
    let text = '';
    const options = { seed: 1, runMs: 1, write: (more: string) => (text += more) };
    const watch = { script: file, silenceMs, startingMs: 60_000 };
    try {
      const run = await runTarget('watched', options, watch);
      const replay = run.findings[0]?.split(' ').at(-1);
      if (replay === undefined) return { ...run, text, kept: null };
      const kept = readKept(replay);
      rmSync(dirname(replay), { recursive: true });
      return { ...run, text, kept };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  test('that hangs is killed, and what it was fed is kept', async () => {
    const { findings, text, kept } = await oversee('for (;;);', 1_000);
    expect(findings).toHaveLength(1);
    expect(text).toContain('watched: hangs: said nothing for 1 s');
    expect(kept?.input).toEqual(Uint8Array.of(0xca, 0xfe));
  });

  test('that dies of what it is fed is noticed', async () => {
    const { text, kept } = await oversee("process.kill(process.pid, 'SIGKILL'); for (;;);");
    expect(text).toContain('watched: died: SIGKILL');
    expect(kept?.input).toEqual(Uint8Array.of(0xca, 0xfe));
  });

  test('that comes to its end found nothing', async () => {
    const { findings, progress: last } = await oversee("await said('done'); process.exit(0);");
    expect(findings).toEqual([]);
    expect(last.cases).toBe(1);
  });
});
