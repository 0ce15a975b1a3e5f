/** A member's stolen key, and raw links under it to all who run: the lowest id dials the others (L1). */
import type { Epoch, LogIndex, NodeId, Term } from '../../../src/consensus/model/ids.ts';
import type { CommitCertificate } from '../../../src/consensus/model/certificate.ts';
import type { Body, PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Position } from '../../../src/consensus/model/position.ts';
import type { Signed, NodeStatement } from '../../../src/consensus/model/statement.ts';
import { makeSigner } from '../../../src/crypto/sign.ts';
import type { Signer } from '../../../src/crypto/sign.ts';
import { assert } from '../../../src/base/assert.ts';
import { nativeDigest, nodeEd25519 } from '../../../src/node/native-crypto.ts';
import { encodeBody } from '../../../src/wire/body.ts';
import type { WireContext } from '../../../src/wire/context.ts';
import { encodePeerMessage, decodePeerMessage } from '../../../src/wire/peer.ts';
import { namingOf } from '../../../src/wire/protocol.ts';
import type { Outside } from '../attack.ts';
import { Links } from './flood-links.ts';
import { rest } from './flood.ts';
import { honestTargets } from './link-knock.ts';
import type { Target } from './link-knock.ts';
import { fateOf, introduce, penOf } from './link-proof.ts';
import type { Pen } from './link-proof.ts';
import { RawLink } from './link.ts';

/** As often as that it looks whether it is linked to all. */
const LINKED_EVERY_MS = 100;

/** It stays linked until its process ends, as a member that only stopped attacking. */
export class Captive {
  readonly id: NodeId;
  readonly links: Links;
  readonly context: WireContext;
  readonly #outside: Outside;
  readonly #secretKey: Uint8Array;
  readonly #signer: Signer;
  /** What it was told: the highest term, the newest entry that it heard of, and the newest proof of a commit. */
  term = 1 as Term;
  head: Position;
  commit: CommitCertificate | null = null;

  constructor(outside: Outside) {
    const { genesis, memberKeys } = outside;
    const [first] = memberKeys;
    assert(first !== undefined, 'a member was captured');
    const [id, secretKey] = first;
    const digest = nativeDigest;
    this.id = id;
    this.context = {
      clusterId: genesis.clusterId,
      digest,
      naming: namingOf(genesis.document.protocol, digest),
    };
    this.head = { index: genesis.entry.header.index, hash: genesis.entry.hash };
    this.#outside = outside;
    this.#secretKey = secretKey;
    this.#signer = this.#signerWith(penOf(secretKey));
    this.links = new Links(honestTargets(outside), (to) => this.#link(to), outside);
  }

  #signerWith(pen: Pen): Signer {
    const { clusterId, digest } = this.context;
    const options = { self: this.id, secretKey: this.#secretKey, clusterId, digest };
    return makeSigner(options, { ed25519: { ...nodeEd25519(), sign: pen }, encodeBody });
  }

  async #link({ address }: Target): Promise<RawLink | null> {
    const link = await RawLink.dial(address);
    if (link === null) return null;
    const { clusterId } = this.context;
    const pen = penOf(this.#secretKey);
    const epoch = 0 as Epoch;
    const outcome = await introduce(link, { clusterId, role: 'peer', id: this.id, epoch, pen });
    if (outcome.type !== 'welcomed') {
      this.#outside.did(`a stolen key was turned away: ${fateOf(outcome)}`);
      await link.close();
      return null;
    }
    link.listen((frame) => this.#hear(frame));
    return link;
  }

  #hear(frame: Uint8Array): void {
    const decoded = decodePeerMessage(frame, this.context);
    if (!decoded.ok || decoded.value.kind !== 'append-entries') return;
    const { signed, commit } = decoded.value;
    if (signed.statement.term < this.term) return;
    this.term = signed.statement.term;
    this.head = signed.statement.head;
    this.commit = commit ?? this.commit;
  }

  /** Under its own key, or a pen that signs falsely. */
  sign<S extends NodeStatement>(statement: S, pen?: Pen): Signed<S> {
    return (pen === undefined ? this.#signer : this.#signerWith(pen)).sign(statement);
  }

  body(body: Body): PeerMessage {
    return this.#signer.signBody(body);
  }

  /** To all who run; links that were closed are made again first. */
  async tell(message: PeerMessage | Uint8Array): Promise<void> {
    const frame = message instanceof Uint8Array ? message : encodePeerMessage(message);
    for (const link of await this.links.all()) link.send(frame);
  }

  /** An index that nobody has an entry at yet. */
  above(distance: number): LogIndex {
    return (this.head.index + distance) as LogIndex;
  }

  /** Is linked to all who run, as members are, until the attack begins. */
  async lurk(): Promise<void> {
    const { begun, stop } = this.#outside;
    let isOn = false;
    void begun.then(() => (isOn = true));
    while (!isOn && !stop.aborted) {
      await this.links.all();
      await Promise.race([begun, rest(stop, LINKED_EVERY_MS)]);
    }
  }
}
