/**
 * Twins: two processes of one node with one key, each honest by itself. What one hears the other does not: who is on
 * whose side changes with time, and for each kind of message apart, so that a vote may go one way and an entry another.
 */
import type { Random } from '../../../src/base/random.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Place } from '../network.ts';
import { nodeAt } from '../network.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Mind } from './mind.ts';

export interface TwinsDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly mind: Mind;
  /** Who has a twin. */
  readonly twinned: ReadonlySet<NodeId>;
}

type Side = 'first' | 'second' | 'both';

export class Twins {
  readonly #deps: TwinsDeps;
  /** Of another place and a kind of message: which twin it talks to. */
  readonly #sides = new Map<string, Side>();
  #untilMs = 0;
  /** Frames that were kept from one of them. */
  kept = 0;

  constructor(deps: TwinsDeps) {
    this.#deps = deps;
  }

  /** Whether a frame does not pass between two places. */
  splits(from: Place, to: Place, frame: Uint8Array): boolean {
    const { twinned, mind } = this.#deps;
    const twin = twinned.has(nodeAt(from)) ? from : twinned.has(nodeAt(to)) ? to : null;
    if (twin === null) return false;
    const side = this.#sideOf(twin === from ? to : from, mind.readAny(frame)?.kind ?? 'nonsense');
    const apart = side !== 'both' && (side === 'first') === twin.includes('~');
    if (apart) this.kept++;
    return apart;
  }

  /** Half of the kinds of an interval go the way of all; the others have one of their own. */
  #sideOf(other: Place, kind: string): Side {
    const { random, scheduler } = this.#deps;
    if (scheduler.nowMs >= this.#untilMs) {
      this.#sides.clear();
      this.#untilMs = scheduler.nowMs + random.between(300, 4_000);
    }
    return this.#draw(`${other} ${kind}`, () =>
      random.chance(1, 2) ? this.#draw(other, () => this.#anySide()) : this.#anySide(),
    );
  }

  #anySide(): Side {
    return this.#deps.random.pick<Side>(['first', 'first', 'second', 'second', 'both']);
  }

  #draw(key: string, choose: () => Side): Side {
    const known = this.#sides.get(key);
    if (known !== undefined) return known;
    const side = choose();
    this.#sides.set(key, side);
    return side;
  }
}
