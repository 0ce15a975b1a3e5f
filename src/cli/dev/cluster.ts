/** The cluster of `dev`: made on the first run, found again on the next ones. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_PARAMETERS } from '../../consensus/model/configuration.ts';
import { CliError } from '../cli-error.ts';
import { GENESIS_FILE, findCluster, shownPath } from '../cluster/files.ts';
import type { ClusterFiles } from '../cluster/files.ts';
import { makeCluster } from '../cluster/make.ts';
import { DEFAULT_CLIENTS, nodesOnPorts, portsOn } from '../cluster/plan.ts';
import type { ClusterPlan, PlannedNode } from '../cluster/plan.ts';
import { PORT_DEFAULT } from '../commands/init.ts';
import type { ProtocolName } from '../../wire/protocol.ts';
import type { World } from '../world.ts';
import { freePorts, refuseTakenPorts } from './ports.ts';

const HOST = '127.0.0.1';
const NODES_DEFAULT = 4;

export interface DevClusterFlags {
  readonly dir: string;
  readonly nodes?: number;
  /** 0 means any free ones. */
  readonly port?: number;
  readonly protocol?: ProtocolName;
}

async function planNodes(flags: DevClusterFlags): Promise<readonly PlannedNode[]> {
  const count = flags.nodes ?? NODES_DEFAULT;
  const port = flags.port ?? PORT_DEFAULT;
  return port === 0 ? portsOn(HOST, await freePorts(HOST, count)) : nodesOnPorts(HOST, port, count);
}

/** Flags that the cluster on disk was not made with: its addresses are part of what it is. */
function refuseOtherFlags(cluster: ClusterFiles, flags: DevClusterFlags, shown: string): void {
  const { protocol, voters } = cluster.genesis.document;
  const hint = 'leave the flag out, or name another --dir';
  if (flags.protocol !== undefined && flags.protocol !== protocol)
    throw new CliError(
      'usage',
      `--protocol ${flags.protocol}, but the cluster in ${shown} runs ${protocol}`,
      { hint },
    );
  if (flags.nodes !== undefined && flags.nodes !== voters.length)
    throw new CliError(
      'usage',
      `--nodes ${flags.nodes}, but the cluster in ${shown} has ${voters.length}`,
      {
        hint,
      },
    );
  const first = voters[0]?.address ?? '';
  if (flags.port !== undefined && flags.port !== 0 && !first.endsWith(`:${flags.port}`))
    throw new CliError(
      'usage',
      `--port ${flags.port}, but the cluster in ${shown} begins at ${first}`,
      {
        hint,
      },
    );
}

/**
 * Finds or makes the cluster, with its ports free.
 *
 * @throws CliError `environment` where a port is taken or the directory cannot be written
 */
export async function devCluster(
  world: World,
  flags: DevClusterFlags,
): Promise<{ readonly cluster: ClusterFiles; readonly isNew: boolean }> {
  const directory = path.resolve(world.cwd, flags.dir);
  const shown = shownPath(directory, world.cwd);
  const isNew = !existsSync(path.join(directory, GENESIS_FILE));
  if (isNew) {
    const nodes = await planNodes(flags);
    await refuseTakenPorts(
      nodes.map(({ address }) => address),
      `stop it, or use other ports: ${world.program} dev --port ${PORT_DEFAULT + 100}`,
    );
    const plan: ClusterPlan = {
      protocol: flags.protocol ?? 'tangaroa',
      name: 'dev',
      nodes,
      clients: DEFAULT_CLIENTS,
      parameters: DEFAULT_PARAMETERS,
    };
    await makeCluster({ directory, shown, nowMs: Date.now() }, plan);
  }
  const cluster = await findCluster(directory, world.cwd);
  refuseOtherFlags(cluster, flags, shown);
  if (!isNew)
    await refuseTakenPorts(
      cluster.genesis.document.voters.map(({ address }) => address),
      `stop it (is this cluster running already?), or run another: ${world.program} dev --dir data/other --port 0`,
    );
  return { cluster, isNew };
}
