/**
 * By what nodes believe this client, and this client the nodes: what differs between the protocols, made once for a
 * client. A Tangaroa cluster's client signs and counts signers (C1, C3). A Raft cluster's signs no request and takes
 * the word of the node that it asked, which answers after its own apply; links are proven in both (L1).
 */
import type { ClientRecord } from '../consensus/model/configuration.ts';
import type { Digest, Signature } from '../consensus/model/ids.ts';
import type { NodeToClientMessage } from '../consensus/model/message.ts';
import type { Faults } from '../consensus/model/quorum.ts';
import type { RequestStatement } from '../consensus/model/request.ts';
import type { ReadStatement } from '../consensus/model/statement.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { Keyring } from '../crypto/keyring.ts';
import { makeClientSigner } from '../crypto/sign.ts';
import { UNSIGNED, UnsignedChecks } from '../crypto/unsigned.ts';
import { makeVerifier, Verifier } from '../crypto/verify.ts';
import { encodeBody } from '../wire/body.ts';
import { encodeResults } from '../wire/client.ts';
import type { Genesis } from '../wire/genesis.ts';
import { faultsOf } from '../wire/protocol.ts';
import type { ProtocolName } from '../wire/protocol.ts';

/** `uncheckable`: of another epoch, under keys that this client does not have. */
export type Check = 'valid' | 'uncheckable' | { readonly invalid: string };

export interface Trust {
  readonly sign: (statement: RequestStatement | ReadStatement) => Signature;
  readonly check: (message: NodeToClientMessage) => Check;
  /** How many voters may lie: what one more of them agree on is believed. */
  readonly faults: Faults;
  /** Whether signatures stand behind what is believed, so that an ordered answer is verified. */
  readonly verifies: boolean;
}

export interface TrustOptions {
  readonly genesis: Genesis;
  readonly client: ClientRecord;
  /** 32 bytes (RFC 8032). */
  readonly secretKey: Uint8Array;
}

export interface TrustDeps {
  readonly digest: Digest;
  readonly ed25519: Ed25519;
}

export type MakeTrust = (options: TrustOptions, deps: TrustDeps) => Trust;

export const tangaroaTrust: MakeTrust = (options, deps) => {
  const { client, genesis, secretKey } = options;
  const { digest, ed25519 } = deps;
  const { clusterId } = genesis;
  const verifier = makeVerifier(
    { keyring: keyringOf(genesis), clusterId, digest },
    { ed25519, encodeBody, encodeResults },
  );
  return {
    sign: makeClientSigner({ self: client.id, secretKey, clusterId }, { ed25519 }),
    check: checkBy(verifier),
    faults: faultsOf('tangaroa'),
    verifies: true,
  };
};

export const raftTrust: MakeTrust = ({ genesis }, { digest }) => {
  const checks = new UnsignedChecks({ keyring: keyringOf(genesis), digest });
  return {
    sign: () => UNSIGNED,
    check: checkBy(new Verifier(checks, { encodeBody, encodeResults })),
    faults: faultsOf('raft'),
    verifies: false,
  };
};

const TRUSTS: Readonly<Record<ProtocolName, MakeTrust>> = {
  tangaroa: tangaroaTrust,
  raft: raftTrust,
};

/** What the protocol of the genesis asks of a client. */
export const protocolTrust: MakeTrust = (options, deps) =>
  TRUSTS[options.genesis.document.protocol](options, deps);

function keyringOf({ configuration, entry }: Genesis): Keyring {
  return new Keyring({ configuration, genesis: entry });
}

function checkBy(verifier: Verifier): Trust['check'] {
  return (message) => {
    const verdict = verifier.reply(message);
    if (verdict.type === 'verified') return 'valid';
    if (verdict.type === 'other-epoch') return 'uncheckable';
    return { invalid: verdict.reason };
  };
}
