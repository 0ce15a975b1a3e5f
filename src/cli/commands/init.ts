/** `tangaroa init`. */
import path from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { limits } from '../../base/limits.ts';
import { DEFAULT_PARAMETERS } from '../../consensus/model/configuration.ts';
import type { Parameters } from '../../consensus/model/configuration.ts';
import { quorumSize } from '../../consensus/model/quorum.ts';
import type { Genesis } from '../../wire/genesis.ts';
import { faultsOf } from '../../wire/protocol.ts';
import type { ProtocolName } from '../../wire/protocol.ts';
import { CliError } from '../cli-error.ts';
import { CLIENTS_DIRECTORY, nodeDirectory, shownPath } from '../cluster/files.ts';
import { makeCluster } from '../cluster/make.ts';
import { DEFAULT_CLIENTS, nodesOnPorts, parseClients, parseNodes } from '../cluster/plan.ts';
import type { PlannedNode } from '../cluster/plan.ts';
import { DEFAULT_DIRECTORY, jsonFlag, protocolFlag } from '../flags.ts';
import type { JsonFlag } from '../flags.ts';
import { collect, integerBetween, parseDuration } from '../input/values.ts';
import { toJson } from '../output/encode.ts';
import { protocolNotes } from '../output/protocol.ts';
import type { World } from '../world.ts';

const NODES_DEFAULT = 4;
export const PORT_DEFAULT = 7101;
const CAPACITY_MAX = 1024 * 1024 * 1024;

export interface ParameterFlags {
  readonly heartbeat: number;
  readonly electionTimeout: number;
  readonly requestTimeout: number;
  readonly clockDrift: number;
  readonly capacity: number;
}

interface InitFlags extends JsonFlag, ParameterFlags {
  readonly protocol: ProtocolName;
  readonly name: string;
  readonly nodes?: number;
  readonly host: string;
  readonly port: number;
  readonly address?: readonly string[];
  readonly client?: readonly string[];
}

const EXAMPLES = `
Writes <dir>/genesis.json, which all share; <dir>/<node id>, one data directory a node, to be moved
to its machine; and <dir>/${CLIENTS_DIRECTORY}/<name>.key. Clients are readers, writers or admins; without
--client there is one of each.

Of n nodes a Tangaroa cluster bears (n-1)/3 that crash or lie, a plain Raft cluster (n-1)/2 that
crash and none that lies.

Examples:
  $ tangaroa init cluster                                    # four nodes on 127.0.0.1:7101 to 7104
  $ tangaroa init cluster --address a=10.0.0.1:7101 --address b=10.0.0.2:7101 \\
      --address c=10.0.0.3:7101 --address d=10.0.0.4:7101 \\
      --client app:writer --client dashboard:reader --client ops:admin
  $ tangaroa start cluster/a                                 # on each machine
  $ tangaroa init plain --protocol raft --nodes 3            # crash faults only
`;

export function parameterFlags(command: Command): Command {
  const duration = (flag: string, text: string, ms: number): Option =>
    new Option(`${flag} <duration>`, text).argParser(parseDuration).default(ms, `${ms}ms`);
  const base = DEFAULT_PARAMETERS;
  return command
    .addOption(duration('--heartbeat', 'a leader is heard so often', base.heartbeatIntervalMs))
    .addOption(
      duration('--election-timeout', 'a silent leader is suspected after', base.electionTimeoutMs),
    )
    .addOption(
      duration('--request-timeout', 'a stalling leader is suspected after', base.requestTimeoutMs),
    )
    .addOption(
      duration('--clock-drift', "how far a leader's clock may be ahead", base.clockDriftMs),
    )
    .addOption(
      new Option('--capacity <bytes>', 'what the slowest leader orders in half a request timeout')
        .argParser(integerBetween(1, CAPACITY_MAX))
        .default(base.capacityBytes),
    );
}

export function parametersOf(flags: ParameterFlags): Parameters {
  return {
    heartbeatIntervalMs: flags.heartbeat,
    electionTimeoutMs: flags.electionTimeout,
    requestTimeoutMs: flags.requestTimeout,
    clockDriftMs: flags.clockDrift,
    capacityBytes: flags.capacity,
  };
}

function nodesOf(flags: InitFlags): readonly PlannedNode[] {
  const { address } = flags;
  if (address === undefined)
    return nodesOnPorts(flags.host, flags.port, flags.nodes ?? NODES_DEFAULT);
  if (flags.nodes !== undefined && flags.nodes !== address.length)
    throw new CliError(
      'usage',
      `--nodes ${flags.nodes}, but --address names ${address.length}: leave --nodes out`,
    );
  return parseNodes(address);
}

/** What to do with what was made. */
function nextSteps(directory: string, genesis: Genesis, program: string): string {
  const nodes = genesis.document.voters.map(
    ({ id, address }) => `  ${program} start ${nodeDirectory(directory, id)}    # ${address}\n`,
  );
  const client = genesis.document.clients.find(({ role }) => role !== 'reader');
  const key = client === undefined ? '' : ` --key ${client.name}`;
  return `start each node, on its machine:
${nodes.join('')}then:
  ${program} put greeting 'kia ora' --cluster ${directory}${key}
`;
}

async function init(world: World, directory: string, flags: InitFlags): Promise<void> {
  const nodes = nodesOf(flags);
  const clients = flags.client === undefined ? DEFAULT_CLIENTS : parseClients(flags.client);
  const target = path.resolve(world.cwd, directory);
  const shown = shownPath(target, world.cwd);
  const parameters = parametersOf(flags);
  const genesis = await makeCluster(
    { directory: target, shown, nowMs: Date.now() },
    { protocol: flags.protocol, name: flags.name, nodes, clients, parameters },
  );
  const { clusterId, document } = genesis;
  const { protocol, voters } = document;
  if (flags.json === true) {
    await world.out.write(
      `${toJson({ directory: shown, clusterId, protocol, voters, clients: document.clients })}\n`,
    );
    return;
  }
  const quorum = quorumSize(voters.length, faultsOf(protocol));
  await world.out.write(`${clusterId}\n`);
  await world.err.write(
    `made a cluster of ${voters.length} nodes in ${shown}: ${quorum} of them are a quorum\n`,
  );
  for (const note of protocolNotes(protocol)) await world.err.write(`${note}\n`);
  await world.err.write(nextSteps(shown, genesis, world.program));
}

export function addInit(program: Command, world: World): void {
  const command = program
    .command('init')
    .summary('make the files of a new cluster')
    .description(
      'Makes genesis document, node keys and client keys of a new cluster, and prints its id. Overwrites nothing.',
    )
    .argument('[dir]', 'a directory that does not exist or is empty', DEFAULT_DIRECTORY)
    .option('--name <name>', "the cluster's name", 'tangaroa')
    .addOption(protocolFlag().default('tangaroa'))
    .addOption(
      new Option('-n, --nodes <count>', `how many nodes (default: ${NODES_DEFAULT})`).argParser(
        integerBetween(1, limits.votersMax),
      ),
    )
    .option('--host <host>', 'address of all nodes, where --address names none', '127.0.0.1')
    .addOption(
      new Option('--port <port>', 'port of the first node; the others follow')
        .argParser(integerBetween(1, 65_535))
        .default(PORT_DEFAULT),
    )
    .addOption(
      new Option('-a, --address <[id=]host:port>', 'where a node is reached; repeat it').argParser(
        collect,
      ),
    )
    .addOption(
      new Option('--client <name:role>', 'a client: reader, writer or admin; repeat it').argParser(
        collect,
      ),
    );
  jsonFlag(parameterFlags(command))
    .addHelpText('after', EXAMPLES)
    .action((directory: string, flags: InitFlags) => init(world, directory, flags));
}
