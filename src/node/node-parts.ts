/** The parts of a node, made and wired in the order in which each needs the ones before. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Configuration } from '../consensus/model/configuration.ts';
import type { LogIndex, NodeId } from '../consensus/model/ids.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { checkConfigurationKeys } from '../crypto/key.ts';
import { firstHand } from '../crypto/recheck-budget.ts';
import { replayCommitted } from '../host/machine-entry.ts';
import type { Clock, LoadedLog, Log } from '../host/ports.ts';
import { openMachine } from '../machine/key-value.ts';
import type { Machine } from '../machine/machine.ts';
import type { WireContext } from '../wire/context.ts';
import type { Genesis } from '../wire/genesis.ts';
import { formatAddress, ListenError, parseAddress } from './address.ts';
import type { Address } from './address.ts';
import type { DataDirectory } from './data-directory.ts';
import { DiskError } from './disk-error.ts';
import { openLevelLog } from './level-log.ts';
import { nativeDigest } from './native-crypto.ts';
import { NodeLinks } from './peer-links.ts';
import { compose } from './protocols.ts';
import type { AnyHost, Composition } from './protocols.ts';

/** What is closed in the opposite order. */
export interface Parts {
  readonly data: DataDirectory;
  readonly machine: Machine;
  readonly host: AnyHost;
  readonly links: NodeLinks;
}

export interface PartsDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly ed25519: Ed25519;
  /** `compose`, unless given: a node put together in another way. */
  readonly compose?: (data: DataDirectory, ed25519: Ed25519) => Composition;
}

/** Opens everything and starts it. What fails leaves nothing behind but what closing `data` closes. */
export async function openParts(
  data: DataDirectory,
  options: { readonly listen?: string },
  deps: PartsDeps,
): Promise<Parts> {
  const { self, genesis } = data;
  const { clusterId, configuration } = genesis;
  const { log, clock, ed25519 } = deps;
  checkGenesis(data.path, genesis, log);
  const listen = listenAddress(configuration, self, options.listen);
  const { naming, makeHost } = (deps.compose ?? compose)(data, ed25519);
  const context: WireContext = { clusterId, digest: nativeDigest, naming };

  const machine = await openMachine({ database: data.state, digest: nativeDigest });
  const { store, recovered } = await openLog(data, machine, context, log);
  const links = makeLinks(data, listen, deps);
  const host = makeHost(
    { self, configuration },
    { machine, store, links, clock, log, context, recovered },
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
  const owner = { id: data.self, publicKey: data.publicKey };
  const { applied } = machine;
  const { store, recovered } = await openLevelLog(data.log, {
    genesis,
    applied,
    context,
    owner,
    mark: data.mark,
  });
  const detail = { committed: recovered.committed.index, applied: applied.index };
  log('info', 'opened', `log opened: ${detail.committed} entries are committed`, detail);
  const behind = recovered.committed.index - applied.index;
  if (behind > 0)
    log('info', 'replaying', `bringing the state up to the log: ${behind} entries to apply`, {
      ...detail,
      entries: behind,
    });
  await replayCommitted({ recovered, configuration }, { machine, store });
  return { store, recovered: { ...recovered, applied: machine.applied.index as LogIndex } };
}

function makeLinks(
  { self, secretKey, genesis }: DataDirectory,
  listen: Address,
  { log, clock, ed25519 }: PartsDeps,
): NodeLinks {
  const { clusterId, configuration } = genesis;
  return new NodeLinks(
    { self, clusterId, configuration, listen },
    {
      log,
      clock,
      sign: (message) => ed25519.sign(message, secretKey),
      // An honest end's signature is one that every library accepts: what a native one refuses costs a stranger's
      // handshake nothing more (L3 binds what nodes must agree on, and here they need not).
      verify: (signature, message, key) => ed25519.verify(signature, message, key, firstHand()),
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      chance: Math.random,
    },
  );
}

/** What parsing a genesis document does not see. */
function checkGenesis(
  directory: string,
  { configuration, document: { protocol } }: Genesis,
  log: Log,
): void {
  const { members, sets } = configuration;
  const keys = checkConfigurationKeys(configuration); // G4
  const stray = members.find(({ address }) => parseAddress(address) === null);
  const reason = keys.ok
    ? stray && `the address of ${stray.id} is none: ${stray.address}`
    : keys.reason;
  if (reason !== undefined)
    throw new DiskError('genesis-invalid', path.join(directory, 'genesis.json'), reason);
  // Section 1: such clusters run, with f = 0. Whoever chose plain Raft wants no more.
  const voters = Math.min(...sets.map((set) => set.length));
  if (voters < 4 && protocol === 'tangaroa')
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
