/** What a node of each protocol is made of; everything else is the same. */
import { randomBytes } from 'node:crypto';
import { Random } from '../base/random.ts';
import type { Recovered } from '../consensus/core.ts';
import type { Naming } from '../consensus/model/entry.ts';
import type { PeerMessage } from '../consensus/model/message.ts';
import { createRaft } from '../consensus/raft/core.ts';
import type { RaftMessage } from '../consensus/raft/message.ts';
import { createTangaroa } from '../consensus/tangaroa/core.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { Keyring } from '../crypto/keyring.ts';
import { makeSigner } from '../crypto/sign.ts';
import { makeUnsigned, UnsignedChecks } from '../crypto/unsigned.ts';
import { makeVerifier, Verifier } from '../crypto/verify.ts';
import { everyone, WhoeverAsked } from '../host/audience.ts';
import { Host } from '../host/host.ts';
import type { HostDeps, HostOptions } from '../host/parts.ts';
import type { AnyMessage, Protocol } from '../host/protocol.ts';
import { raftWire } from '../host/raft.ts';
import { tangaroaWire } from '../host/tangaroa.ts';
import { encodeBody } from '../wire/body.ts';
import { encodeResults } from '../wire/client.ts';
import { namingOf } from '../wire/protocol.ts';
import { encodeContent } from '../wire/payload.ts';
import type { DataDirectory } from './data-directory.ts';
import { nativeDigest } from './native-crypto.ts';

/** What a host needs and no protocol changes, and what was durable when the node stopped. */
export type Surroundings = Omit<HostDeps<AnyMessage>, keyof Protocol<AnyMessage>> & {
  readonly recovered: Recovered;
};

/** A host, whatever its core says to its peers. */
export type AnyHost = Pick<
  Host,
  | 'start'
  | 'stop'
  | 'stopped'
  | 'resign'
  | 'status'
  | 'peerFrame'
  | 'clientFrame'
  | 'peerHeard'
  | 'clientHeard'
  | 'peerConnected'
  | 'clientDisconnected'
>;

/** How a node of one protocol is made. */
export interface Composition {
  readonly naming: Naming;
  readonly makeHost: (options: HostOptions, surroundings: Surroundings) => AnyHost;
}

/** A node of other parts than the honest ones: for whoever measures what they cost, or attacks a cluster. */
type Alter<M extends AnyMessage> = (honest: Protocol<M>) => Protocol<M>;

/** The protocol that the genesis document names. */
export function compose(data: DataDirectory, ed25519: Ed25519): Composition {
  return data.genesis.document.protocol === 'raft'
    ? composeRaft(data)
    : composeTangaroa(data, ed25519);
}

export function composeTangaroa(
  data: DataDirectory,
  ed25519: Ed25519,
  alter: Alter<PeerMessage> = (honest) => honest,
): Composition {
  const { self, secretKey, genesis } = data;
  const { clusterId, configuration, entry } = genesis;
  const digest = nativeDigest;
  const verifier = makeVerifier(
    { keyring: new Keyring({ configuration, genesis: entry }), clusterId, digest },
    { ed25519, encodeBody, encodeResults },
  );
  const signer = makeSigner(
    { self, secretKey, clusterId, digest },
    { ed25519, encodeBody, onSigned: (signed) => verifier.remember(signed) },
  );
  return {
    naming: namingOf('tangaroa', digest),
    makeHost: (options, { recovered, ...deps }) =>
      new Host<PeerMessage>(options, {
        ...deps,
        ...alter({
          core: createTangaroa(
            options,
            { digest, encodeContent, sign: signer.sign, signBody: signer.signBody },
            recovered,
            deps.clock.now(),
          ),
          wire: tangaroaWire({ context: deps.context, verifier, signer }),
          verifier,
          signer,
          audience: everyone,
        }),
      }),
  };
}

export function composeRaft(
  { self, genesis }: DataDirectory,
  alter: Alter<RaftMessage> = (honest) => honest,
): Composition {
  const { configuration, entry } = genesis;
  const digest = nativeDigest;
  const naming = namingOf('raft', digest);
  const keyring = new Keyring({ configuration, genesis: entry });
  const random = new Random(randomBytes(4).readUInt32LE());
  return {
    naming,
    makeHost: (options, { recovered, ...deps }) =>
      new Host<RaftMessage>(options, {
        ...deps,
        ...alter({
          core: createRaft(options, { naming, encodeContent, random }, recovered, deps.clock.now()),
          wire: raftWire(deps),
          verifier: new Verifier(new UnsignedChecks({ keyring, digest }), {
            encodeBody,
            encodeResults,
          }),
          signer: makeUnsigned({ self, digest }, { encodeBody }),
          audience: new WhoeverAsked(),
        }),
      }),
  };
}
