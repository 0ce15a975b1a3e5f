/** This project's own nodes, as a user starts them: `tangaroa init`, then `tangaroa start` for each. */
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startNodeCluster } from './node-cluster.mjs';
import { freePorts } from './ports.mjs';

const PROGRAM = new URL('../../dist/cli/main.js', import.meta.url);
const DRIVER = new URL('../load/drivers/tangaroa.mjs', import.meta.url);

/** @param {number} count */
const nodeNames = (count) => Array.from({ length: count }, (_, at) => `node${at + 1}`);
/** @param {number} count */
const clientNames = (count) => Array.from({ length: count }, (_, at) => `writer${at + 1}`);

/**
 * @param {string} directory @param {readonly string[]} args
 * @param {import('./children.mjs').Children} children
 */
async function init(directory, args, children) {
  const command = ['init', directory, ...args];
  const child = children.spawn('init', process.execPath, [fileURLToPath(PROGRAM), ...command], {
    logFile: join(directory, '..', 'init.log'),
  });
  const how = await child.ended;
  if (child.process.exitCode !== 0) throw new Error(`tangaroa init ${how}`);
}

/**
 * @typedef {object} Flavour what differs from what a user starts
 * @property {'tangaroa' | 'raft'} protocol of the genesis
 * @property {URL} [program] of a node
 * @property {(nodeDirectory: string) => readonly string[]} [argsOf] its arguments
 * @property {URL} [driver] what speaks to it
 * @property {Readonly<Record<string, string>>} [hint] handed to the driver beside the files
 */

/** @param {string} nodeDirectory */
const startArgs = (nodeDirectory) => ['start', nodeDirectory];

/**
 * @param {string} directory an empty one
 * @param {number} nodes
 * @param {Flavour} flavour
 * @param {import('../contract.mjs').StartContext} context
 */
export async function startTangaroa(directory, nodes, flavour, { children, clientKeys }) {
  const { protocol, program = PROGRAM, argsOf = startArgs, driver = DRIVER, hint = {} } = flavour;
  const cluster = join(directory, 'cluster');
  const names = nodeNames(nodes);
  const ports = await freePorts(nodes);
  const clients = clientNames(clientKeys);
  await init(
    cluster,
    [
      ...['--protocol', protocol],
      ...names.map((name, at) => `--address=${name}=127.0.0.1:${ports[at]}`),
      ...clients.map((name) => `--client=${name}:writer`),
    ],
    children,
  );
  const target = {
    ...hint,
    genesisFile: join(cluster, 'genesis.json'),
    keyFiles: clients.map((name) => join(cluster, 'clients', `${name}.key`)),
  };
  const programs = names.map((name) => ({ name, program, args: argsOf(join(cluster, name)) }));
  return startNodeCluster(directory, programs, { driver, target }, children);
}
