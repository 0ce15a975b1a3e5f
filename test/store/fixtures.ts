/** A log with something in it: a chain, certificates, records, siblings. */
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import type { AcceptedRecord, StoreRecord, TermRecord } from '../../src/consensus/core.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import { hashChain, positionOf } from '../../src/consensus/model/entry.ts';
import { ZERO_HASH } from '../../src/consensus/model/ids.ts';
import type { Epoch, LogIndex, Term } from '../../src/consensus/model/ids.ts';
import { toHex } from '../../src/base/bytes.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import type { LoadedLog } from '../../src/host/ports.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import type { LevelLogOptions } from '../../src/node/level-log.ts';
import { makeGenesis } from '../../src/wire/genesis.ts';
import {
  batchOf,
  certificateOf,
  chainOf,
  entryOn,
  makeTestCluster,
  requestOf,
} from '../fixtures-crypto.ts';

const keys = makeTestCluster();
const genesis = makeGenesis(
  {
    protocol: 'tangaroa',
    name: 'store-test',
    nonce: 'ab'.repeat(32),
    createdMs: 1_000,
    voters: keys.configuration.members.map(({ id, publicKey, address }) => ({
      id,
      publicKey: toHex(publicKey),
      address,
    })),
    clients: [],
    parameters: keys.configuration.parameters,
  },
  portableDigest,
);
/** With a genesis whose payload is a real one, and signers whose signatures nobody here looks at. */
export const cluster = {
  ...keys,
  genesis: genesis.entry,
  clusterId: genesis.clusterId,
  context: {
    clusterId: genesis.clusterId,
    digest: portableDigest,
    naming: hashChain(portableDigest),
  },
};
export const NOTHING_APPLIED = { index: 0, hash: ZERO_HASH };

const [owner] = keys.configuration.members;
if (owner === undefined) throw new Error('a cluster has members');
export const OPTIONS: LevelLogOptions = {
  genesis: cluster.genesis,
  applied: NOTHING_APPLIED,
  context: cluster.context,
  owner,
  mark: { writes: 0, advance: () => undefined },
};

/** The genesis, the term entry, then batches: indexes 1 to 2 + `batches`. */
export function chain(batches: number): readonly Entry[] {
  return [cluster.genesis, ...chainOf(cluster, batches)];
}

export const memory = (): MemoryLevel<Uint8Array, Uint8Array> =>
  new MemoryLevel({ keyEncoding: 'view', valueEncoding: 'view', storeEncoding: 'view' });

export const classic = (path: string): ClassicLevel<Uint8Array, Uint8Array> =>
  new ClassicLevel(path, { keyEncoding: 'view', valueEncoding: 'view' });

export type Database = MemoryLevel<Uint8Array, Uint8Array> | ClassicLevel<Uint8Array, Uint8Array>;

export function open(
  database: Database,
  applied: { readonly index: number; readonly hash: string } = NOTHING_APPLIED,
): Promise<LoadedLog> {
  return openLevelLog(database, { ...OPTIONS, applied });
}

export function entryRecords(entries: readonly Entry[]): readonly StoreRecord[] {
  return entries.map((entry) => ({ type: 'entry', entry }));
}

export function commitRecord(entries: readonly Entry[]): StoreRecord {
  return { type: 'commit', certificate: certificateOf(cluster, 'commit', entries) };
}

export function preparedRecord(entries: readonly Entry[]): StoreRecord {
  return { type: 'prepared', certificate: certificateOf(cluster, 'prepare', entries) };
}

export function termRecord(term: number): { readonly type: 'term'; readonly record: TermRecord } {
  const record: TermRecord = {
    epoch: 0 as Epoch,
    term: term as Term,
    proof: { type: 'genesis' },
    lock: cluster.keyring.genesis,
  };
  return { type: 'term', record };
}

export function acceptedRecord(entry: Entry): {
  readonly type: 'accepted';
  readonly record: AcceptedRecord;
} {
  const record: AcceptedRecord = {
    epoch: 0 as Epoch,
    term: 1 as Term,
    position: positionOf(entry),
    silentUpTo: 0 as LogIndex,
  };
  return { type: 'accepted', record };
}

/** Another entry beside `parent`'s child. */
export function siblingOn(parent: Entry, first: bigint): Entry {
  return entryOn(parent, batchOf(requestOf(cluster, { first, from: 1 })), { term: 1 });
}
