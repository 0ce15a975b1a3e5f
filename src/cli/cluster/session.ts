/** A client command's connection to the cluster: found, locked, opened, and closed again however the command ends. */
import type { TangaroaClient } from '../../client/client.ts';
import { openClient } from '../../node/client-transport.ts';
import { readKeyFile } from '../../node/key-files.ts';
import { CliError, stoppedBy } from '../cli-error.ts';
import type { ClientFlags } from '../flags.ts';
import { fromNodeError } from '../node-error.ts';
import type { World } from '../world.ts';
import { fromClientError } from './client-error.ts';
import { findCluster, findKey, shownPath } from './files.ts';
import type { ClusterFiles } from './files.ts';
import { lockKey } from './key-lock.ts';

/** How long a command waits for another one of the same key: shell scripts run several side by side. */
const LOCK_WAIT_MS = 2_000;

/**
 * `ordered`: writes and linearizable reads, which take sequence numbers (C2), so the key is locked. `local`: reads of
 * one node's state, which take none.
 */
export type Use = 'ordered' | 'local';

export interface Session {
  readonly client: TangaroaClient;
  readonly cluster: ClusterFiles;
}

async function open(world: World, flags: ClientFlags, keyFile: string, cluster: ClusterFiles) {
  const shown = shownPath(keyFile, world.cwd);
  try {
    const { secretKey } = await readKeyFile(shown, 'client');
    return openClient({ genesis: cluster.genesis, secretKey, timeoutMs: flags.timeout });
  } catch (error) {
    throw fromNodeError(`read ${shown}`, error);
  }
}

/** Runs `work` with a client; errors of the library become errors of the command line. */
export async function withClient<T>(
  world: World,
  flags: ClientFlags,
  use: Use,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const cluster = await findCluster(flags.cluster, world.cwd);
  const keyFile = await findKey(flags.key, cluster, world.cwd);
  const lock =
    use === 'local'
      ? null
      : await lockKey(keyFile, {
          shown: shownPath(keyFile, world.cwd),
          waitMs: LOCK_WAIT_MS,
          isStopped: () => world.stop.aborted,
        });
  // A second signal ends the process at once; the lock goes all the same.
  world.onExit(() => lock?.release());
  try {
    await using client = await open(world, flags, keyFile, cluster);
    return await work({ client, cluster });
  } catch (error) {
    if (world.stop.aborted && !(error instanceof CliError)) throw stoppedBy(world.stop);
    throw fromClientError(error);
  } finally {
    lock?.release();
  }
}
