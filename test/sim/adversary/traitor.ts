/** One of Tangaroa's nodes in a traitor's hands. */
import type { Random } from '../../../src/base/random.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import type { Signer } from '../../../src/crypto/sign.ts';
import { encodePeerMessage } from '../../../src/wire/peer.ts';
import type { Armament } from './attack.ts';
import { Forge } from './forge.ts';
import type { Mind } from './mind.ts';
import { Possessed } from './possessed.ts';
import type { Timing } from './possessed.ts';

export interface TraitorDeps {
  readonly mind: Mind;
  readonly scheduler: Timing;
  readonly random: Random;
  /** For the trace: what it did, as a reader would say it. */
  readonly trace: (what: string) => void;
}

export class Traitor extends Possessed<PeerMessage, Traitor> {
  readonly mind: Mind;
  readonly forge: Forge;

  constructor(
    id: NodeId,
    attacks: readonly Armament<PeerMessage, Traitor>[],
    { mind, ...deps }: TraitorDeps,
  ) {
    super(id, {
      ...deps,
      context: mind.context,
      encode: encodePeerMessage,
      read: (frame) => mind.read(frame),
    });
    this.mind = mind;
    this.forge = new Forge(mind);
    this.arm(attacks);
    mind.listen(this);
  }

  protected get me(): Traitor {
    return this;
  }

  get signer(): Signer {
    return this.mind.signer(this.id);
  }

  /** Says something of its own, past its other attacks. */
  send(to: NodeId | 'all', message: PeerMessage): void {
    const peers = to === 'all' ? this.mind.order : [to];
    for (const peer of peers) if (peer !== this.id) this.sendTo(peer, message);
  }

  /** As `send`, of what proves nothing: the library does not learn from it. */
  sendFalse(to: NodeId | 'all', message: PeerMessage): void {
    this.mind.disown(this.frameOf(message));
    this.send(to, message);
  }
}
