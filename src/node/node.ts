/** A whole node: started from its data directory, watched, and taken apart again in order. */
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../base/limits.ts';
import type { ClusterId, NodeId } from '../consensus/model/ids.ts';
import { isQuorum } from '../consensus/model/quorum.ts';
import type { Clock, Log } from '../host/ports.ts';
import type { HostStatus } from '../host/status.ts';
import type { Genesis } from '../wire/genesis.ts';
import { faultsOf } from '../wire/protocol.ts';
import { formatAddress } from './address.ts';
import { calmLog } from './calm-log.ts';
import { systemClock } from './clock.ts';
import { openDataDirectory } from './data-directory.ts';
import { nativeDigest, nodeEd25519 } from './native-crypto.ts';
import { openingFailure, runningFailure } from './node-failure.ts';
import { openParts } from './node-parts.ts';
import type { Parts, PartsDeps } from './node-parts.ts';
import type { AnyHost } from './protocols.ts';

export interface NodeOptions {
  /** The data directory, as `createDataDirectory` makes it. */
  readonly directory: string;
  /** `host:port` to listen on, where that is not this node's address in the configuration. */
  readonly listen?: string;
}

export interface NodeDeps {
  readonly log: Log;
  readonly clock?: Clock;
  /** The protocol that the genesis document names, unless given. */
  readonly compose?: PartsDeps['compose'];
}

export interface RunningNode extends AsyncDisposable {
  readonly id: NodeId;
  readonly clusterId: ClusterId;
  /** `host:port` where it listens. */
  readonly address: string;
  status(): HostStatus;
  /** A leader hands over; what is under way is finished; then everything is closed. */
  stop(): Promise<void>;
  /** Resolves when it has stopped because it was told to; rejects, when all is closed, with what stopped it. */
  readonly stopped: Promise<void>;
  /** Rejects as `stopped` does and never resolves. */
  readonly failed: Promise<never>;
}

/**
 * Starts the node of a data directory.
 *
 * @throws DiskError, KeyFileError, DamageError, GenesisMismatchError, HaltedError, ListenError
 */
export async function startNode(options: NodeOptions, deps: NodeDeps): Promise<RunningNode> {
  const ed25519 = nodeEd25519();
  const data = await openDataDirectory(options.directory, {
    digest: nativeDigest,
    publicKey: (secretKey) => ed25519.publicKey(secretKey),
  });
  try {
    const { clock = systemClock, compose } = deps;
    const tagged: Log = (level, code, text, detail) =>
      deps.log(level, code, text, { node: data.self, ...detail });
    const log = calmLog(tagged, { nowMs: () => clock.now().monotonicMs });
    const parts = await openParts(data, options, {
      log,
      clock,
      ed25519,
      ...(compose === undefined ? {} : { compose }),
    });
    return run(parts, log);
  } catch (error) {
    await data.close();
    throw openingFailure(options.directory, error);
  }
}

function run(parts: Parts, log: Log): RunningNode {
  const { data, host, links } = parts;
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= closeParts(parts));
  // However the host ends, everything else ends after it.
  const stopped = host.stopped.then(close, async (error: unknown) => {
    await close();
    throw runningFailure(data.path, error);
  });
  const failed = stopped.then(() => new Promise<never>(() => undefined));
  // Whoever asks hears of it; nobody has to ask.
  failed.catch(() => undefined);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => (stopping ??= finish());
  const finish = async (): Promise<void> => {
    await handOver(host, data.genesis);
    host.stop().catch(() => undefined);
    const drained = stopped.catch(() => undefined);
    await Promise.race([drained, delay(limits.drainTimeoutMs, undefined, { ref: false })]);
    await close();
    log('info', 'stopped', `node ${data.self} stopped`);
  };
  return {
    id: data.self,
    clusterId: data.genesis.clusterId,
    address: formatAddress(links.address),
    status: () => host.status(),
    stop,
    stopped,
    failed,
    [Symbol.asyncDispose]: stop,
  };
}

/** A leader resigns and waits until its term is over: the others go on sooner than by their timeouts. */
async function handOver(
  host: AnyHost,
  { configuration: { sets }, document: { protocol } }: Genesis,
): Promise<void> {
  const { role, term, id } = host.status().core;
  if (role !== 'leader') return;
  host.resign();
  for (let waited = 0; waited < limits.handOverMs; waited += HAND_OVER_POLL_MS) {
    await delay(HAND_OVER_POLL_MS);
    const { state, core, links } = host.status();
    const here = links.filter(({ connected }) => connected).map(({ peer }) => peer);
    if (state !== 'running' || core.term > term) return;
    // Where no quorum is left, as when all stop together, nobody can take over.
    if (!isQuorum(sets, new Set([id, ...here]), faultsOf(protocol))) return;
  }
}

const HAND_OVER_POLL_MS = 10;

/** In the opposite order of opening. */
async function closeParts({ data, machine, links }: Parts): Promise<void> {
  await links.stop();
  await machine.close();
  await data.close();
}
