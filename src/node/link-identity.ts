/** Who this node is at its links, and whose keys it knows (L1). */
import { toHex } from '../base/bytes.ts';
import type { Configuration } from '../consensus/model/configuration.ts';
import type { LinkRole } from '../consensus/model/handshake.ts';
import { NONCE_BYTES } from '../consensus/model/handshake.ts';
import type { ClusterId, NodeId, PublicKey } from '../consensus/model/ids.ts';
import type { AcceptorOptions, HandshakeDeps, InitiatorOptions } from '../crypto/handshake.ts';

export interface LinkIdentityOptions {
  readonly self: NodeId;
  readonly clusterId: ClusterId;
  readonly configuration: Configuration;
}

export interface LinkIdentityDeps extends Pick<HandshakeDeps, 'sign' | 'verify'> {
  /** Unpredictable bytes: nonces. */
  readonly randomBytes: (count: number) => Uint8Array;
}

export class LinkIdentity {
  readonly handshake: HandshakeDeps;
  readonly #options: LinkIdentityOptions;
  readonly #randomBytes: (count: number) => Uint8Array;

  constructor(options: LinkIdentityOptions, deps: LinkIdentityDeps) {
    const { sign, verify, randomBytes } = deps;
    const { members, clients } = options.configuration;
    const keys: Readonly<Record<LinkRole, ReadonlyMap<string, PublicKey>>> = {
      peer: new Map(members.map(({ id, publicKey }) => [id, publicKey])),
      client: new Map(clients.map(({ id, publicKey }) => [id, publicKey])),
    };
    this.handshake = { sign, verify, keyOf: (role, id) => keys[role].get(id) ?? null };
    this.#options = options;
    this.#randomBytes = randomBytes;
  }

  /** For one accepted connection: its nonce is fresh. */
  acceptor(): AcceptorOptions {
    const { clusterId, self, configuration } = this.#options;
    return { clusterId, self, epoch: configuration.epoch, nonce: this.#nonce() };
  }

  /** For one attempt to dial: its nonce is fresh. */
  initiator(acceptor: NodeId): InitiatorOptions {
    const { clusterId, self, configuration } = this.#options;
    const { epoch } = configuration;
    return { clusterId, role: 'peer', id: self, acceptor, epoch, nonce: this.#nonce() };
  }

  #nonce(): string {
    return toHex(this.#randomBytes(NONCE_BYTES));
  }
}
