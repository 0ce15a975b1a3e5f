/**
 * The genesis document (section 1): JSON for people, canonical bytes for the cluster's id. The order in which people
 * list voters and clients does not matter.
 */
import { assert } from '../base/assert.ts';
import { Writer } from '../base/binary.ts';
import { fromHex } from '../base/bytes.ts';
import { quoted } from '../base/text.ts';
import type {
  ClientRecord,
  ClientRole,
  Configuration,
  Parameters,
} from '../consensus/model/configuration.ts';
import { nameEntry } from '../consensus/model/entry.ts';
import type { Entry } from '../consensus/model/entry.ts';
import { ZERO_HASH } from '../consensus/model/ids.ts';
import type {
  ClusterId,
  Digest,
  Epoch,
  LogIndex,
  NodeId,
  PublicKey,
  Term,
} from '../consensus/model/ids.ts';
import { checkConfiguration, isName } from './configuration-check.ts';
import { deriveClientId, writeConfiguration } from './configuration.ts';
import { GENESIS_NONCE_BYTES, writeGenesisPreamble } from './genesis-preamble.ts';
import type { GenesisPreamble } from './genesis-preamble.ts';
import { PROTOCOL_NAMES, isProtocolName, namingOf } from './protocol.ts';

export interface GenesisVoter {
  readonly id: NodeId;
  /** 32 bytes, hexadecimal. */
  readonly publicKey: string;
  /** `host:port`. */
  readonly address: string;
}

export interface GenesisClient {
  readonly name: string;
  /** 32 bytes, hexadecimal. */
  readonly publicKey: string;
  readonly role: ClientRole;
}

export interface GenesisDocument extends GenesisPreamble {
  readonly voters: readonly GenesisVoter[];
  readonly clients: readonly GenesisClient[];
  readonly parameters: Parameters;
}

export interface Genesis {
  /** Voters sorted by id, clients by name. */
  readonly document: GenesisDocument;
  readonly clusterId: ClusterId;
  /** Epoch 0. */
  readonly configuration: Configuration;
  /** Entry 1 of every log: epoch 0, term 0, named as the protocol names. Its payload's digest is the cluster's id. */
  readonly entry: Entry;
}

export type GenesisResult =
  | { readonly ok: true; readonly genesis: Genesis }
  | { readonly ok: false; readonly reason: string };

const EPOCH = 0 as Epoch;
const HEX_32 = /^[0-9a-f]{64}$/u;

/** The genesis of a document, or one line that names the field that is wrong. */
export function checkGenesis(document: GenesisDocument, digest: Digest): GenesisResult {
  const reason = checkPreamble(document) ?? checkHexKeys(document);
  if (reason !== null) return { ok: false, reason };
  const sorted = sortDocument(document);
  const configuration = configurationOf(sorted, digest);
  const fault = checkConfiguration(configuration);
  if (fault !== null) return { ok: false, reason: fault };
  return { ok: true, genesis: assemble(sorted, configuration, digest) };
}

/** As `checkGenesis`, for a document of our own making: a wrong one is our bug. */
export function makeGenesis(document: GenesisDocument, digest: Digest): Genesis {
  const result = checkGenesis(document, digest);
  assert(result.ok, `genesis: ${result.ok ? '' : result.reason}`);
  return result.genesis;
}

function assemble(
  document: GenesisDocument,
  configuration: Configuration,
  digest: Digest,
): Genesis {
  const payload = writeConfiguration(
    writeGenesisPreamble(new Writer(4096).u8(0), document),
    configuration,
  ).finish();
  const fields = {
    index: 1 as LogIndex,
    epoch: EPOCH,
    term: 0 as Term,
    parent: ZERO_HASH,
    kind: 'configuration',
    timestamp: document.createdMs,
  } as const;
  const naming = namingOf(document.protocol, digest);
  const entry = nameEntry(fields, payload, { kind: 'configuration', configuration }, naming);
  // Not the header's: Raft's headers hold no digest.
  const clusterId = digest(payload) as string as ClusterId;
  return { document, clusterId, configuration, entry };
}

function checkPreamble(document: GenesisDocument): string | null {
  if (!isProtocolName(document.protocol))
    return `protocol: ${quoted(document.protocol)} is not one of ${PROTOCOL_NAMES.join(', ')}`;
  if (!isName(document.name)) return `name: ${quoted(document.name)} is not a name`;
  if (!HEX_32.test(document.nonce))
    return `nonce: not ${GENESIS_NONCE_BYTES} bytes in lower-case hexadecimal`;
  if (!Number.isSafeInteger(document.createdMs) || document.createdMs < 0)
    return `createdMs: ${document.createdMs} is not a time in milliseconds`;
  return null;
}

function checkHexKeys({ voters, clients }: GenesisDocument): string | null {
  const voter = voters.findIndex(({ publicKey }) => !HEX_32.test(publicKey));
  if (voter >= 0) return `voters[${voter}].publicKey: not 32 bytes in lower-case hexadecimal`;
  const client = clients.findIndex(({ publicKey }) => !HEX_32.test(publicKey));
  if (client >= 0) return `clients[${client}].publicKey: not 32 bytes in lower-case hexadecimal`;
  return null;
}

function sortDocument(document: GenesisDocument): GenesisDocument {
  return {
    ...document,
    voters: [...document.voters].sort((a, b) => (a.id < b.id ? -1 : 1)),
    clients: [...document.clients].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function configurationOf(document: GenesisDocument, digest: Digest): Configuration {
  const clients = document.clients.map(({ name, publicKey, role }): ClientRecord => {
    const key = keyBytes(publicKey);
    return { id: deriveClientId(key, EPOCH, digest), name, publicKey: key, role, listed: EPOCH };
  });
  return {
    epoch: EPOCH,
    sets: [document.voters.map(({ id }) => id)],
    members: document.voters.map((voter) => ({ ...voter, publicKey: keyBytes(voter.publicKey) })),
    clients,
    parameters: document.parameters,
  };
}

function keyBytes(hex: string): PublicKey {
  const bytes = fromHex(hex);
  assert(bytes !== null, 'the key was checked');
  return bytes;
}
