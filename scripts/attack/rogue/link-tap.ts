/** Somebody on the path to a node: everything between it and who dials it passes through here, and may be changed. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import { decodeHandshake } from '../../../src/wire/handshake.ts';
import { Door } from './link-door.ts';
import { isHandshake } from './link-proof.ts';
import { RawLink } from './link.ts';

/** One dialed link, as it passes. */
export interface Passage {
  /** Whom the dialing end says to be, once it said so; null for a client. */
  peer: NodeId | null;
  /** To the node, and back to who dialed it. */
  readonly say: (direction: Direction, frame: Uint8Array) => void;
  readonly isOpen: () => boolean;
}

export type Direction = 'to' | 'back';

export interface TapDeps {
  /** Where the node really listens; asked for each link. */
  readonly node: () => string;
  /** What goes on in a frame's place. */
  readonly pass: (
    passage: Passage,
    direction: Direction,
    frame: Uint8Array,
  ) => readonly Uint8Array[];
}

/** Takes the node's address for as long as it is not disposed of. */
export class Tap implements AsyncDisposable {
  readonly #deps: TapDeps;
  readonly #open = new Set<Passage>();
  readonly #links = new Set<RawLink>();
  #door: Door | null = null;

  private constructor(deps: TapDeps) {
    this.#deps = deps;
  }

  static async open(address: string, deps: TapDeps): Promise<Tap> {
    const tap = new Tap(deps);
    tap.#door = await Door.open(address, (near) => void tap.#join(near));
    return tap;
  }

  /** Those between members that are open now. */
  get passages(): readonly Passage[] {
    return [...this.#open].filter(({ peer }) => peer !== null);
  }

  async #join(near: RawLink): Promise<void> {
    const far = await RawLink.dial(this.#deps.node());
    if (far === null) return near.close();
    this.#links.add(far);
    const passage: Passage = {
      peer: null,
      say: (direction, frame) => (direction === 'to' ? far : near).send(frame),
      isOpen: () => near.ended === null && far.ended === null,
    };
    this.#open.add(passage);
    const carry = (direction: Direction) => (frame: Uint8Array) => {
      if (passage.peer === null) passage.peer = claimedIn(frame);
      for (const one of this.#deps.pass(passage, direction, frame)) passage.say(direction, one);
    };
    near.listen(carry('to'));
    far.listen(carry('back'));
    await Promise.race([near.over, far.over]);
    this.#open.delete(passage);
    await Promise.all([near.close(), far.close()]);
    this.#links.delete(far);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#door?.[Symbol.asyncDispose]();
    await Promise.all([...this.#links].map((link) => link.close()));
  }
}

function claimedIn(frame: Uint8Array): NodeId | null {
  if (!isHandshake(frame)) return null;
  const decoded = decodeHandshake(frame);
  if (!decoded.ok || decoded.value.kind !== 'hello') return null;
  return decoded.value.role === 'peer' ? (decoded.value.id as NodeId) : null;
}
