/** A whole node: its directory, log, machine, core, host and links, put together and taken apart again in order. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../base/limits.ts';
import type { Configuration } from '../consensus/model/configuration.ts';
import type { ClusterId, LogIndex, NodeId } from '../consensus/model/ids.ts';
import { isQuorum } from '../consensus/model/quorum.ts';
import { createTangaroa } from '../consensus/tangaroa/core.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { checkConfigurationKeys } from '../crypto/key.ts';
import { Keyring } from '../crypto/keyring.ts';
import { RecheckBudget } from '../crypto/recheck-budget.ts';
import { makeSigner } from '../crypto/sign.ts';
import type { Signer } from '../crypto/sign.ts';
import { Verifier } from '../crypto/verify.ts';
import { Host } from '../host/host.ts';
import { replayCommitted } from '../host/machine-entry.ts';
import type { Clock, LoadedLog, Log } from '../host/ports.ts';
import type { HostStatus } from '../host/status.ts';
import { openMachine } from '../machine/key-value.ts';
import type { Machine } from '../machine/machine.ts';
import { encodeBody } from '../wire/body.ts';
import { encodeResults } from '../wire/client.ts';
import type { WireContext } from '../wire/context.ts';
import { encodeContent } from '../wire/payload.ts';
import { formatAddress, ListenError, parseAddress } from './address.ts';
import type { Address } from './address.ts';
import { systemClock } from './clock.ts';
import { openDataDirectory } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { DiskError } from './disk-error.ts';
import { openLevelLog } from './level-log.ts';
import { nativeDigest, nodeEd25519 } from './native-crypto.ts';
import { openingFailure, runningFailure } from './node-failure.ts';
import { NodeLinks } from './peer-links.ts';

export interface NodeOptions {
  /** The data directory, as `createDataDirectory` makes it. */
  readonly directory: string;
  /** `host:port` to listen on, where that is not this node's address in the configuration. */
  readonly listen?: string;
}

export interface NodeDeps {
  readonly log: Log;
  readonly clock?: Clock;
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

/** What is closed in the opposite order. */
interface Parts {
  readonly data: DataDirectory;
  readonly machine: Machine;
  readonly host: Host;
  readonly links: NodeLinks;
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
    const log: Log = (level, code, text, detail) =>
      deps.log(level, code, text, { node: data.self, ...detail });
    const parts = await openParts(data, options, { ...deps, log }, ed25519);
    return run(parts, log);
  } catch (error) {
    await data.close();
    throw openingFailure(options.directory, error);
  }
}

async function openParts(
  data: DataDirectory,
  options: NodeOptions,
  deps: NodeDeps,
  ed25519: Ed25519,
): Promise<Parts> {
  const { self, genesis } = data;
  const { clusterId, configuration } = genesis;
  const { log, clock = systemClock } = deps;
  checkConfiguration(data.path, configuration, log);
  const listen = listenAddress(configuration, self, options.listen);
  const context: WireContext = { clusterId, digest: nativeDigest };

  const machine = await openMachine({ database: data.state, digest: nativeDigest });
  const { store, recovered } = await openLog(data, machine, context, log);
  const { verifier, signer } = makeKeys(data, ed25519);
  const core = createTangaroa(
    { self, configuration },
    { digest: nativeDigest, encodeContent, sign: signer.sign, signBody: signer.signBody },
    recovered,
    clock.now(),
  );
  const links = makeLinks(data, listen, { log, clock, ed25519 });
  const host = new Host(
    { self, configuration },
    { core, machine, store, links, clock, log, verifier, signer, context },
  );
  await links.start(host);
  host.start();
  const address = formatAddress(links.address);
  log('info', 'listening', `node ${self} listens on ${address}`, { address });
  return { data, machine, host, links };
}

/** The log, checked, and the machine brought to what it says is committed. */
async function openLog(
  data: DataDirectory,
  machine: Machine,
  context: WireContext,
  log: Log,
): Promise<LoadedLog> {
  const { entry: genesis, configuration } = data.genesis;
  const { applied } = machine;
  const { store, recovered } = await openLevelLog(data.log, { genesis, applied, context });
  const detail = { committed: recovered.committed.index, applied: applied.index };
  log('info', 'opened', `log opened: ${detail.committed} entries are committed`, detail);
  await replayCommitted({ recovered, configuration }, { machine, store });
  return { store, recovered: { ...recovered, applied: machine.applied.index as LogIndex } };
}

function makeKeys(
  { self, secretKey, genesis }: DataDirectory,
  ed25519: Ed25519,
): { readonly verifier: Verifier; readonly signer: Signer } {
  const { clusterId, configuration, entry } = genesis;
  const keyring = new Keyring({ configuration, genesis: entry });
  const verifier = new Verifier(
    { keyring, clusterId, digest: nativeDigest },
    { ed25519, encodeBody, encodeResults },
  );
  const signer = makeSigner(
    { self, secretKey, clusterId, digest: nativeDigest },
    { ed25519, encodeBody, onSigned: (signed) => verifier.remember(signed) },
  );
  return { verifier, signer };
}

function makeLinks(
  { self, secretKey, genesis }: DataDirectory,
  listen: Address,
  deps: { readonly log: Log; readonly clock: Clock; readonly ed25519: Ed25519 },
): NodeLinks {
  const { log, clock, ed25519 } = deps;
  const { clusterId, configuration } = genesis;
  return new NodeLinks(
    { self, clusterId, configuration, listen },
    {
      log,
      clock,
      sign: (message) => ed25519.sign(message, secretKey),
      // An honest end's signature is one that every library accepts: what a native one refuses costs a stranger's
      // handshake nothing more (L3 binds what nodes must agree on, and here they need not).
      verify: (signature, message, key) =>
        ed25519.verify(signature, message, key, new RecheckBudget(0)),
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      chance: Math.random,
    },
  );
}

/** What parsing a genesis document does not see. */
function checkConfiguration(directory: string, configuration: Configuration, log: Log): void {
  const { members, sets } = configuration;
  const keys = checkConfigurationKeys(configuration); // G4
  const stray = members.find(({ address }) => parseAddress(address) === null);
  const reason = keys.ok
    ? stray && `the address of ${stray.id} is none: ${stray.address}`
    : keys.reason;
  if (reason !== undefined)
    throw new DiskError('genesis-invalid', path.join(directory, 'genesis.json'), reason);
  // Section 1: such clusters run, with f = 0.
  const voters = Math.min(...sets.map((set) => set.length));
  if (voters < 4)
    log('warn', 'few-voters', `${voters} voters tolerate no traitor; four tolerate one`);
}

function listenAddress(
  configuration: Configuration,
  self: NodeId,
  given: string | undefined,
): Address {
  const text = given ?? configuration.members.find(({ id }) => id === self)?.address ?? '';
  const address = parseAddress(text);
  if (address !== null) return address;
  throw new ListenError('bad-address', text, `'${text}' is no address: host:port is wanted`);
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
    await handOver(host, data.genesis.configuration);
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
async function handOver(host: Host, { sets }: Configuration): Promise<void> {
  const { role, term, id } = host.status().core;
  if (role !== 'leader') return;
  host.resign();
  for (let waited = 0; waited < limits.handOverMs; waited += HAND_OVER_POLL_MS) {
    await delay(HAND_OVER_POLL_MS);
    const { state, core, links } = host.status();
    const here = links.filter(({ connected }) => connected).map(({ peer }) => peer);
    // Where no quorum is left, as when all stop together, nobody can take over.
    if (state !== 'running' || core.term > term || !isQuorum(sets, new Set([id, ...here]))) return;
  }
}

const HAND_OVER_POLL_MS = 10;

/** In the opposite order of opening. */
async function closeParts({ data, machine, links }: Parts): Promise<void> {
  await links.stop();
  await machine.close();
  await data.close();
}
