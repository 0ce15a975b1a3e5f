/** `tangaroa start`. */
import path from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Level } from '../../consensus/core.ts';
import { makeLog } from '../../node/log.ts';
import { startNode } from '../../node/node.ts';
import type { RunningNode } from '../../node/node.ts';
import { CliError } from '../cli-error.ts';
import { shownPath } from '../cluster/files.ts';
import { failedMessage } from '../dev/child-protocol.ts';
import { fromNodeError } from '../node-error.ts';
import type { ParentLink, World } from '../world.ts';

const LEVELS: readonly (Level | 'silent')[] = ['debug', 'info', 'warn', 'error', 'silent'];

const WHICH_DIRECTORY =
  'start wants the data directory of one node, <cluster>/<node id>, with its genesis.json and node.key';

interface StartFlags {
  readonly listen?: string;
  readonly logLevel: Level | 'silent';
  readonly supervised?: boolean;
}

const EXAMPLES = `
Logs JSON lines to standard error. SIGTERM or SIGINT: a leader hands over, what is under way is
finished, exit code 0; a second signal ends it at once.

Examples:
  $ tangaroa start data/dev/node2
  $ tangaroa start /var/lib/tangaroa --listen 0.0.0.0:7101 2>> node.log
`;

/** Resolves with the reason when the node is asked to stop; rejects when it fails. */
function untilStopped(world: World, node: RunningNode, parent: ParentLink | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => resolve(String(world.stop.reason));
    if (world.stop.aborted) return stopped();
    world.stop.addEventListener('abort', stopped, { once: true });
    parent?.onGone(() => resolve('its parent is gone'));
    node.failed.catch(reject);
  });
}

async function start(world: World, directory: string, flags: StartFlags): Promise<void> {
  const parent = flags.supervised === true ? world.parent : null;
  const shown = shownPath(path.resolve(world.cwd, directory), world.cwd);
  try {
    const node = await startNode(
      { directory: shown, ...(flags.listen === undefined ? {} : { listen: flags.listen }) },
      { log: makeLog({ level: flags.logLevel }) },
    );
    parent?.send({ type: 'ready', address: node.address });
    await untilStopped(world, node, parent);
    await node.stop();
  } catch (error) {
    const known = fromNodeError(`start the node in ${shown}`, error);
    if (!(known instanceof CliError)) throw known;
    const isMissing = known.code === 'key-missing';
    const said = isMissing ? known.extended({ hint: WHICH_DIRECTORY }) : known;
    parent?.send(failedMessage(said));
    throw said;
  } finally {
    parent?.end();
  }
}

export function addStart(program: Command, world: World): void {
  program
    .command('start')
    .summary('run one node')
    .description('Runs one node from its data directory until it is told to stop.')
    .argument('<dir>', 'the data directory of the node, as init makes it')
    .option('--listen <host:port>', 'listen here instead of at the address in the genesis')
    .addOption(new Option('--log-level <level>', 'what is logged').choices(LEVELS).default('info'))
    .addOption(new Option('--supervised', 'stop when the parent process goes away').hideHelp())
    .addHelpText('after', EXAMPLES)
    .action((directory: string, flags: StartFlags) => start(world, directory, flags));
}
