/** The client's process: keeps so many puts in flight, each followed by the next as soon as it is acknowledged. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { nodeClientDeps, openClient, parseGenesis, readKeyFile } from '../dist/node/index.js';
import { summarize } from './statistics.mjs';

const KEYS = 100_000;
const WARM_UP_MS = 1_000;
let next = 0;

/** @param {string} genesisFile @param {string} keyFile */
async function connect(genesisFile, keyFile) {
  const parsed = parseGenesis(readFileSync(genesisFile, 'utf8'), nodeClientDeps().digest);
  if (!parsed.ok) throw new Error(`${genesisFile}: ${parsed.reason}`);
  const { secretKey } = await readKeyFile(keyFile, 'client');
  return openClient({ genesis: parsed.genesis, secretKey });
}

/**
 * @param {import('../dist/node/index.js').TangaroaClient} client
 * @param {import('./load-process.mjs').Task} task
 */
async function measure(client, { inFlight, seconds, valueBytes }) {
  /** @type {number[]} */
  const latencies = [];
  const from = performance.now() + WARM_UP_MS;
  const to = from + seconds * 1000;
  const loop = async () => {
    for (;;) {
      const sent = performance.now();
      if (sent >= to) return;
      await client.put(`bench/${next++ % KEYS}`, randomBytes(valueBytes));
      const acknowledged = performance.now();
      // Counted where it ends, so that rate and latency speak of the same operations.
      if (acknowledged >= from && acknowledged < to) latencies.push(acknowledged - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  if (latencies.length === 0) throw new Error(`no put was acknowledged within ${seconds} s`);
  return summarize(latencies, seconds);
}

/** @param {import('./load-process.mjs').Answer} answer */
function tell(answer) {
  process.send?.(answer);
}

/** @param {unknown} error */
function fail(error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}

const [genesisFile = '', keyFile = ''] = process.argv.slice(2);
try {
  const client = await connect(genesisFile, keyFile);
  await client.put('bench/ready', 'yes');
  process.on('message', (/** @type {import('./load-process.mjs').Task} */ task) => {
    measure(client, task).then((summary) => tell({ type: 'done', summary }), fail);
  });
  tell({ type: 'ready' });
} catch (error) {
  fail(error);
}
