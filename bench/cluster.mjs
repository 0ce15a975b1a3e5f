/** Four real node processes on free ports of this machine, in a directory of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const NODES = ['node1', 'node2', 'node3', 'node4'];
const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** @returns {Promise<number>} a port that nobody listens on now */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was free');
  return address.port;
}

/** @param {readonly string[]} args @param {string} logFile what it prints goes there */
function tangaroa(args, logFile) {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<unknown>} */
function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return once(child, 'exit');
}

/** @param {string} logFile */
function lastLines(logFile) {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
}

/** @param {string} directory an empty one */
export async function startCluster(directory) {
  const cluster = join(directory, 'cluster');
  const addresses = [];
  for (const id of NODES) addresses.push(`--address=${id}=127.0.0.1:${await freePort()}`);
  const initLog = join(directory, 'init.log');
  const init = tangaroa(['init', cluster, ...addresses], initLog);
  await ended(init);
  if (init.exitCode !== 0) throw new Error(`tangaroa init failed: ${lastLines(initLog)}`);

  const nodes = NODES.map((id) =>
    tangaroa(['start', join(cluster, id)], join(directory, `${id}.log`)),
  );
  return {
    files: {
      genesisFile: join(cluster, 'genesis.json'),
      keyFile: join(cluster, 'clients', 'writer.key'),
    },
    /** SIGTERM, and SIGKILL to whoever has not ended after five seconds. */
    async stop() {
      for (const node of nodes) node.kill('SIGTERM');
      const timer = setTimeout(() => {
        for (const node of nodes) node.kill('SIGKILL');
      }, 5_000);
      await Promise.all(nodes.map((node) => ended(node)));
      clearTimeout(timer);
    },
  };
}
