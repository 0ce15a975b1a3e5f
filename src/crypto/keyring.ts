/** The keys of one configuration and what stands at the beginning of its epoch. */
import type { Base } from '../consensus/model/certificate.ts';
import type { ClientRecord, Configuration, VoterSets } from '../consensus/model/configuration.ts';
import type { Header } from '../consensus/model/entry.ts';
import type { ClientId, Epoch, Hash, NodeId, PublicKey, Term } from '../consensus/model/ids.ts';
import { isVoter } from '../consensus/model/quorum.ts';

export interface KeyringOptions {
  readonly configuration: Configuration;
  /** The configuration's entry: the genesis of its epoch (an `Entry` will do). */
  readonly genesis: { readonly header: Header; readonly hash: Hash };
}

export class Keyring {
  readonly epoch: Epoch;
  readonly sets: VoterSets;
  /** The first term of the epoch: the configuration entry's term + 1 (G1). */
  readonly firstTerm: Term;
  /** What stands for a certificate until the epoch has one; it ranks (epoch, firstTerm - 1, index). */
  readonly genesis: Base;
  readonly #members: ReadonlyMap<string, PublicKey>;
  readonly #clients: ReadonlyMap<string, ClientRecord>;

  constructor({ configuration, genesis }: KeyringOptions) {
    const { index, term } = genesis.header;
    this.epoch = configuration.epoch;
    this.sets = configuration.sets;
    this.firstTerm = (term + 1) as Term;
    this.genesis = {
      rank: { epoch: configuration.epoch, term, index },
      position: { index, hash: genesis.hash },
      certificate: null,
    };
    this.#members = new Map(configuration.members.map(({ id, publicKey }) => [id, publicKey]));
    this.#clients = new Map(configuration.clients.map((client) => [client.id, client]));
  }

  /** A member's key, or null. */
  memberKey(id: NodeId): PublicKey | null {
    return this.#members.get(id) ?? null;
  }

  isVoter(id: NodeId): boolean {
    return isVoter(this.sets, id);
  }

  client(id: ClientId): ClientRecord | null {
    return this.#clients.get(id) ?? null;
  }
}
