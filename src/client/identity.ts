/** Who this client is, to which cluster it speaks, and what it believes of what comes back. */
import { equalBytes } from '../base/bytes.ts';
import type { ClientRecord, Configuration } from '../consensus/model/configuration.ts';
import type { LinkRole } from '../consensus/model/handshake.ts';
import type { ClusterId, Digest, Hash, PublicKey, Signature } from '../consensus/model/ids.ts';
import type { Read } from '../consensus/model/message.ts';
import type { RequestStatement } from '../consensus/model/request.ts';
import type { ReadStatement } from '../consensus/model/statement.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { encodeClientMessage } from '../wire/client.ts';
import type { Genesis } from '../wire/genesis.ts';
import { encodeCommands, makeRequest } from '../wire/request.ts';
import { TangaroaError } from './errors.ts';
import { protocolTrust } from './trust.ts';
import type { MakeTrust, Trust } from './trust.ts';

/** What is signed and encoded once, and sent as often as it takes (M3). */
export interface SignedRequest {
  readonly digest: Hash;
  readonly frame: Uint8Array;
}

export interface Identity {
  readonly clusterId: ClusterId;
  readonly configuration: Configuration;
  readonly client: ClientRecord;
  readonly trust: Trust;
  /** L1: what proves a link, under every protocol. */
  readonly sign: (message: Uint8Array) => Signature;
  readonly keyOf: (role: LinkRole, id: string) => PublicKey | null;
  readonly request: (
    first: bigint,
    acknowledged: bigint,
    commands: readonly Uint8Array[],
  ) => SignedRequest;
  /** `nonce`: 16 bytes, hexadecimal. */
  readonly read: (nonce: string, query: Uint8Array) => Uint8Array;
}

/**
 * Finds the client of this secret key (32 bytes) in the genesis configuration.
 *
 * @throws TangaroaError `unknown-client` where the configuration does not list the key
 */
export function makeIdentity(
  options: { readonly genesis: Genesis; readonly secretKey: Uint8Array },
  deps: {
    readonly digest: Digest;
    readonly ed25519: Ed25519;
    readonly makeTrust?: MakeTrust | undefined;
  },
): Identity {
  const { genesis, secretKey } = options;
  const { digest, ed25519, makeTrust = protocolTrust } = deps;
  const { clusterId, configuration } = genesis;
  const client = findClient(configuration, ed25519.publicKey(secretKey));
  const trust = makeTrust({ genesis, client, secretKey }, { digest, ed25519 });
  return {
    clusterId,
    configuration,
    client,
    trust,
    sign: (message) => ed25519.sign(message, secretKey),
    keyOf: (role, id) =>
      role === 'peer'
        ? (configuration.members.find((member) => member.id === id)?.publicKey ?? null)
        : null,
    request: (first, acknowledged, commands) => {
      const statement: RequestStatement = {
        kind: 'client-request',
        client: client.id,
        first,
        count: commands.length,
        commandsDigest: digest(encodeCommands(commands)),
        acknowledged,
      };
      const request = makeRequest(statement, trust.sign(statement), commands, {
        clusterId,
        digest,
      });
      const frame = encodeClientMessage({ kind: 'client-request', request });
      return { digest: request.digest, frame };
    },
    read: (nonce, query) => {
      const statement: ReadStatement = {
        kind: 'read',
        client: client.id,
        nonce,
        queryDigest: digest(query),
      };
      const read: Read = { kind: 'read', statement, signature: trust.sign(statement), query };
      return encodeClientMessage(read);
    },
  };
}

function findClient(configuration: Configuration, publicKey: PublicKey): ClientRecord {
  const client = configuration.clients.find((record) => equalBytes(record.publicKey, publicKey));
  if (client !== undefined) return client;
  const names = configuration.clients.map(({ name }) => name).join(', ');
  throw new TangaroaError(
    'unknown-client',
    `the genesis document lists no client with this key: use a key of ${names || 'a listed client (there is none)'}`,
    { outcome: 'not-applied', retryable: false },
  );
}
