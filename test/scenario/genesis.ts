/** The cluster of a scenario: its genesis, its keys, and what signs and verifies with them. */
import { toHex, utf8 } from '../../src/base/bytes.ts';
import type { CoreDeps } from '../../src/consensus/core.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { Keyring } from '../../src/crypto/keyring.ts';
import { makeClientSigner, makeSigner } from '../../src/crypto/sign.ts';
import { makeVerifier } from '../../src/crypto/verify.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import { nativeDigest } from '../../src/node/native-crypto.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { encodeResults } from '../../src/wire/client.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import { makeGenesis } from '../../src/wire/genesis.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { encodeCommands, makeRequest } from '../../src/wire/request.ts';
import { fakeEd25519, item, testSecretKey } from '../fixtures-crypto.ts';

const CLIENT_SEED = 1_000;

export function genesisOf(size: number): Genesis {
  const publicKey = (seed: number): string => toHex(fakeEd25519.publicKey(testSecretKey(seed)));
  return makeGenesis(
    {
      protocol: 'tangaroa',
      name: 'scenario',
      nonce: '5c'.repeat(32),
      createdMs: 0,
      voters: Array.from({ length: size }, (_, i) => ({
        id: `n${i + 1}` as NodeId,
        publicKey: publicKey(i),
        address: `127.0.0.1:${7101 + i}`,
      })),
      clients: [{ name: 'client', publicKey: publicKey(CLIENT_SEED), role: 'writer' }],
      parameters: DEFAULT_PARAMETERS,
    },
    nativeDigest,
  );
}

/** Who has the genesis and nothing else can make one. */
export function verifierOf({ configuration, entry, clusterId }: Genesis): Verifier {
  const keyring = new Keyring({ configuration, genesis: entry });
  return makeVerifier(
    { keyring, clusterId, digest: nativeDigest },
    { ed25519: fakeEd25519, encodeBody, encodeResults },
  );
}

export function depsFor({ configuration, clusterId }: Genesis, self: NodeId): CoreDeps {
  const seed = configuration.members.findIndex(({ id }) => id === self);
  const signer = makeSigner(
    { self, secretKey: testSecretKey(seed), clusterId, digest: nativeDigest },
    { ed25519: fakeEd25519, encodeBody },
  );
  return { digest: nativeDigest, encodeContent, sign: signer.sign, signBody: signer.signBody };
}

/** The client's request under that number. */
export function requestOf({ configuration, clusterId }: Genesis, number: number): ClientRequest {
  const client = item(configuration.clients, 0).id;
  const sign = makeClientSigner(
    { self: client, secretKey: testSecretKey(CLIENT_SEED), clusterId },
    { ed25519: fakeEd25519 },
  );
  const commands = [utf8(`command ${number}`)];
  const statement = {
    kind: 'client-request',
    client,
    first: BigInt(number),
    count: 1,
    commandsDigest: nativeDigest(encodeCommands(commands)),
    acknowledged: 0n,
  } as const;
  return makeRequest(statement, sign(statement), commands, { clusterId, digest: nativeDigest });
}
