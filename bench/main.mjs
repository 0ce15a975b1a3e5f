/**
 * `npm run bench`: closed-loop puts from a client process of its own against four node processes with synced disks on
 * this machine, and beside them what the disk itself can do. Rounds are interleaved, so that a machine that changes
 * its speed changes every row alike; each figure is the median of the rounds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.mjs';
import { measureDisk } from './disk.mjs';
import { startLoad } from './load-process.mjs';
import { median } from './statistics.mjs';

const HELP = `npm run bench -- [options]
  --seconds N      of each measurement (default 5), after one second to warm up
  --rounds N       interleaved rounds; medians are printed (default 3)
  --in-flight LIST operations in flight (default 1,64,256)
  --value-bytes N  size of a value (default 200)
  --directory DIR  on the disk to measure (default: the system's temporary directory)
  --json           one JSON object instead of a table
`;

/** @typedef {ReturnType<typeof import('./statistics.mjs').summarize>} Summary */

function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      'in-flight': { type: 'string', default: '1,64,256' },
      'value-bytes': { type: 'string', default: '200' },
      directory: { type: 'string', default: tmpdir() },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const inFlight = values['in-flight'].split(',').map(Number);
  const seconds = Number(values.seconds);
  const rounds = Number(values.rounds);
  const valueBytes = Number(values['value-bytes']);
  if (![...inFlight, rounds, valueBytes].every((n) => Number.isInteger(n) && n > 0))
    throw new Error('--in-flight, --rounds and --value-bytes take whole numbers above 0');
  if (!(seconds > 0)) throw new Error('--seconds takes a number above 0');
  return { ...values, inFlight, seconds, rounds, valueBytes };
}

/** @param {readonly Summary[]} rounds @returns {Summary} */
function medians(rounds) {
  return {
    operations: median(rounds.map((round) => round.operations)),
    perSecond: median(rounds.map((round) => round.perSecond)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
  };
}

/** @param {string} name @param {Summary} summary */
function row(name, { perSecond, p50Ms, p99Ms }) {
  const cells = [perSecond.toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2)];
  return name.padEnd(34) + cells.map((cell) => cell.padStart(12)).join('');
}

/** @param {readonly { name: string, summary: Summary }[]} rows @param {ReturnType<typeof readOptions>} options */
function print(rows, options) {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  if (options.json) {
    const { seconds, rounds, valueBytes } = options;
    console.log(JSON.stringify({ machine, seconds, rounds, valueBytes, rows }));
    return;
  }
  const of = `medians of ${options.rounds} rounds of ${options.seconds} s`;
  console.log(`${machine}; 4 nodes, synced; puts of ${options.valueBytes} bytes; ${of}\n`);
  console.log(`${''.padEnd(34)}operations/s    p50 (ms)    p99 (ms)`);
  for (const { name, summary } of rows) console.log(row(name, summary));
}

/** @param {ReturnType<typeof readOptions>} options @param {string} directory @param {AbortSignal} stop */
async function measure(options, directory, stop) {
  /** @type {Map<string, Summary[]>} */
  const results = new Map();
  /** @param {string} name @param {Summary} summary */
  const add = (name, summary) => results.set(name, [...(results.get(name) ?? []), summary]);

  const cluster = await startCluster(directory);
  const load = startLoad(cluster.files, stop);
  try {
    await load.ready;
    for (let round = 1; round <= options.rounds; round++) {
      process.stderr.write(`round ${round} of ${options.rounds} …\n`);
      add('disk: fdatasync of 4 KiB appends', measureDisk(directory, Math.min(1, options.seconds)));
      for (const inFlight of options.inFlight)
        add(
          `puts, ${inFlight} in flight`,
          await load.run({ inFlight, seconds: options.seconds, valueBytes: options.valueBytes }),
        );
    }
  } finally {
    await load.end();
    await cluster.stop();
  }
  return [...results].map(([name, rounds]) => ({ name, summary: medians(rounds) }));
}

async function main() {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  const expectedMs = options.rounds * options.inFlight.length * (options.seconds + 2) * 1000;
  const timer = setTimeout(
    () => stop.abort(new Error('the benchmark took more than twice as long as it should')),
    60_000 + 2 * expectedMs,
  );
  const directory = mkdtempSync(join(options.directory, 'tangaroa-bench-'));
  try {
    print(await measure(options, directory, stop.signal), options);
  } finally {
    clearTimeout(timer);
    rmSync(directory, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
