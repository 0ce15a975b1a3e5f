/** `tangaroa dev`: a whole cluster on this machine, each node its own process. */
import path from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { limits } from '../../base/limits.ts';
import { quorumSize } from '../../consensus/model/quorum.ts';
import { faultsOf } from '../../wire/protocol.ts';
import { CliError, QuietExit, stoppedBy } from '../cli-error.ts';
import { LOGS_DIRECTORY, nodeDirectory, shownPath } from '../cluster/files.ts';
import type { ClusterFiles } from '../cluster/files.ts';
import { withClient } from '../cluster/session.ts';
import { isEven, isLed, waitFor } from '../dev/caught-up.ts';
import { devCluster } from '../dev/cluster.ts';
import type { DevClusterFlags } from '../dev/cluster.ts';
import { reportImport } from '../dev/report-import.ts';
import { Supervisor } from '../dev/supervisor.ts';
import { deferred } from '../deferred.ts';
import { DEFAULT_DIRECTORY, jsonFlag, protocolFlag } from '../flags.ts';
import type { JsonFlag } from '../flags.ts';
import { openSource } from '../input/source.ts';
import type { Source } from '../input/source.ts';
import { integerBetween, parseDuration } from '../input/values.ts';
import { protocolNotes } from '../output/protocol.ts';
import { styleFor } from '../output/style.ts';
import { statusSentences } from '../output/status-table.ts';
import { sentence } from '../report-error.ts';
import type { World } from '../world.ts';
import { importSource } from './import.ts';

const PATIENCE_MS = 60_000;
/** Its own key, so that the user's commands and an import do not wait for each other. */
const DEV_CLIENT = 'admin';

interface DevFlags extends DevClusterFlags, JsonFlag {
  readonly import?: string;
  readonly once?: boolean;
  readonly logLevel: string;
  readonly timeout: number;
}

const EXAMPLES = `
Listens on 127.0.0.1 only. The second run goes on with the same data. Ctrl-C stops all nodes. A
node that dies is reported; the others go on, and the command that starts it again is printed. With
--import, the exit code is 10 if any state digest differs.

Examples:
  $ tangaroa dev
  $ tangaroa dev --nodes 7 --port 7201 --dir data/seven
  $ tangaroa dev --protocol raft --nodes 3 --port 7301 --dir data/raft
  $ tangaroa dev --import ../shared/data/debian-packages.jsonl --once
`;

interface Running {
  readonly world: World;
  readonly flags: DevFlags;
  readonly cluster: ClusterFiles;
  readonly supervisor: Supervisor;
  /** What to import. */
  readonly source: Source | null;
  /** The first node that died, if one did. */
  readonly dead: () => CliError | null;
  /** Resolves when no node is left. */
  readonly allDead: Promise<void>;
}

function clientFlagsOf({ cluster, flags }: Running) {
  const isListed = cluster.genesis.document.clients.some(({ name }) => name === DEV_CLIENT);
  const key = isListed ? { key: DEV_CLIENT } : {};
  return { cluster: cluster.genesisFile, timeout: flags.timeout, ...key };
}

async function greet(running: Running, isNew: boolean): Promise<void> {
  const { world, cluster, flags } = running;
  const view = await withClient(world, clientFlagsOf(running), 'local', (session) =>
    waitFor(session, world, {
      timeoutMs: flags.timeout,
      what: 'the nodes found no leader',
      until: isLed,
      isLost: () => running.dead() !== null,
    }),
  );
  const { protocol, voters } = cluster.genesis.document;
  const directory = shownPath(cluster.directory, world.cwd);
  const data = isNew ? `new data in ${directory}` : `the data in ${directory}`;
  const [first, last] = [voters[0]?.address, voters.at(-1)?.address];
  const where =
    voters.length === 1
      ? `1 node runs at ${first}`
      : `${voters.length} nodes run at ${first} … ${last}`;
  await world.err.write(
    `${where} on ${data}; ${view.leader} leads. ` +
      `Logs: ${path.join(directory, LOGS_DIRECTORY)}\n`,
  );
  for (const note of protocolNotes(protocol)) await world.err.write(`${note}\n`);
}

async function suggest({ world, cluster, flags }: Running): Promise<void> {
  const at =
    flags.dir === DEFAULT_DIRECTORY ? '' : ` --cluster ${shownPath(cluster.directory, world.cwd)}`;
  const style = styleFor(world.err, world.env);
  const lines = [
    `put greeting 'kia ora'${at}`,
    `get greeting${at}`,
    `increment visits${at}`,
    `scan --limit 10${at}`,
    `status${at}`,
  ].map((line) => `  ${style('strong', `${world.program} ${line}`)}\n`);
  await world.err.write(`Try, in another terminal:\n${lines.join('')}Ctrl-C stops all nodes.\n`);
}

/** Imports, waits until all nodes applied the same index, and compares their states. */
async function importAll(running: Running, source: Source): Promise<void> {
  const { world, flags } = running;
  await withClient(world, clientFlagsOf(running), 'ordered', async (session) => {
    const summary = await importSource({ source, fromLine: 1 }, { client: session.client, world });
    const view = await waitFor(session, world, {
      timeoutMs: flags.timeout,
      what: 'the nodes did not come to the same index',
      until: isEven,
      isLost: () => running.dead() !== null,
    });
    await reportImport(world, flags.json === true, summary, view);
    if (view.diverged.length === 0) return;
    await world.err.write(
      statusSentences(view)
        .map((text) => `${text}\n`)
        .join(''),
    );
    throw new QuietExit('diverged');
  });
}

async function run(running: Running, isNew: boolean): Promise<void> {
  const { flags, supervisor } = running;
  await supervisor.start();
  await greet(running, isNew);
  if (running.source !== null) await importAll(running, running.source);
  if (flags.once === true) return;
  await suggest(running);
  await running.allDead;
}

function untilStopped(stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (stop.aborted) reject(stoppedBy(stop));
    stop.addEventListener('abort', () => reject(stoppedBy(stop)), { once: true });
  });
}

/** What the nodes that are left can do. One that somebody started again elsewhere is not known here. */
function leftText({ genesis }: ClusterFiles, left: number): string {
  const { protocol, voters } = genesis.document;
  const quorum = quorumSize(voters.length, faultsOf(protocol));
  return left >= quorum
    ? 'the others go on'
    : `${left} of ${voters.length} nodes are left here, and writes take ${quorum}`;
}

/** Says that a node died, why, what is left, and how to start it again. */
function tellDeath(world: World, directory: string, error: CliError, left: string): void {
  const again = `start it again with: ${world.program} start ${directory}`;
  // One whose files are damaged would only end again: the message has said what to do.
  const next = error.exit === 'damaged' ? left : `${left}; ${again}`;
  void world.err.write(`${sentence(error)}; ${next}\n`);
}

async function dev(world: World, flags: DevFlags): Promise<void> {
  if (flags.once === true && flags.import === undefined)
    throw new CliError('usage', '--once needs --import FILE: it ends when the import is done');
  const source = flags.import === undefined ? null : await openSource(flags.import, world);
  const { cluster, isNew } = await devCluster(world, flags);
  const shown = shownPath(cluster.directory, world.cwd);
  let dead: CliError | null = null;
  const allDead = deferred<void>();
  const supervisor = new Supervisor(
    {
      nodes: cluster.genesis.document.voters.map(({ id }) => ({
        id,
        directory: nodeDirectory(shown, id),
      })),
      entry: world.entry,
      env: world.env,
      cwd: world.cwd,
      logDirectory: path.join(shown, LOGS_DIRECTORY),
      logLevel: flags.logLevel,
    },
    {
      onDeath: (id, error) => {
        dead ??= error;
        const left = leftText(cluster, supervisor.running.length);
        tellDeath(world, nodeDirectory(shown, id), error, left);
        if (supervisor.running.length === 0) allDead.resolve();
      },
    },
  );
  world.onExit(() => supervisor.killAll());
  const running: Running = {
    world,
    flags,
    cluster,
    supervisor,
    source,
    dead: () => dead,
    allDead: allDead.promise,
  };
  try {
    await Promise.race([run(running, isNew), untilStopped(world.stop)]);
    if (dead !== null) throw new QuietExit('node-died');
  } catch (error) {
    // Ctrl-C is how `dev` ends; only an import that it cut short was not done.
    if (!world.stop.aborted || flags.once === true) throw error;
  } finally {
    if (supervisor.running.length > 0) await world.err.write('stopping the nodes\n');
    await supervisor.stop();
  }
}

export function addDev(program: Command, world: World): void {
  const command = program
    .command('dev')
    .summary('run a whole cluster on this machine')
    .description('Runs a cluster on this machine, each node its own process, until Ctrl-C.')
    .addOption(
      new Option('-n, --nodes <count>', 'how many nodes (default: 4)').argParser(
        integerBetween(1, limits.votersMax),
      ),
    )
    .addOption(
      new Option(
        '-p, --port <port>',
        'port of the first node, 0 for free ones (default: 7101)',
      ).argParser(integerBetween(0, 65_535)),
    )
    .option('-d, --dir <dir>', 'where the data is', DEFAULT_DIRECTORY)
    .addOption(protocolFlag())
    .option('--import <file>', 'import these records, as import does, and compare the states')
    .option('--once', 'end when the import is done')
    .addOption(
      new Option('--log-level <level>', "of the nodes' logs")
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for the nodes')
        .argParser(parseDuration)
        .default(PATIENCE_MS, '60s'),
    );
  jsonFlag(command)
    .addHelpText('after', EXAMPLES)
    .action((flags: DevFlags) => dev(world, flags));
}
