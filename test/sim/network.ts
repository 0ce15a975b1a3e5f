/** Links that lose, delay, duplicate and reorder frames, and partitions of any shape. */
import type { Random } from '../../src/base/random.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Scheduler } from './scheduler.ts';

export interface NetworkFaults {
  /** Of a thousand frames. */
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** Of a thousand frames, how many take up to ten times the longest delay. */
  readonly tailPerMille: number;
}

export const CALM: NetworkFaults = {
  lossPerMille: 0,
  duplicatePerMille: 0,
  delayMsMin: 1,
  delayMsMax: 3,
  tailPerMille: 0,
};

export type Receive = (from: NodeId, frame: Uint8Array) => void;

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #receivers = new Map<NodeId, Receive>();
  readonly #reconnected: (a: NodeId, b: NodeId) => void;
  /** Directed pairs `from>to` that are cut. */
  #cut = new Set<string>();
  faults: NetworkFaults = CALM;
  frames = 0;

  constructor(scheduler: Scheduler, random: Random, reconnected: (a: NodeId, b: NodeId) => void) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#reconnected = reconnected;
  }

  /** A process that listens; null: it went away. */
  listen(node: NodeId, receive: Receive | null): void {
    if (receive === null) this.#receivers.delete(node);
    else this.#receivers.set(node, receive);
  }

  isUp(from: NodeId, to: NodeId): boolean {
    return this.#receivers.has(to) && !this.#cut.has(`${from}>${to}`);
  }

  send(from: NodeId, to: NodeId, frame: Uint8Array): boolean {
    if (!this.isUp(from, to)) return false;
    this.frames++;
    if (this.#chance(this.faults.lossPerMille)) return true;
    const copies = this.#chance(this.faults.duplicatePerMille) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.#scheduler.after(this.delayMs(), () => {
        if (this.#cut.has(`${from}>${to}`)) return;
        this.#receivers.get(to)?.(from, frame);
      });
    }
    return true;
  }

  delayMs(): number {
    const { delayMsMin, delayMsMax, tailPerMille } = this.faults;
    const delay = this.#random.between(delayMsMin, delayMsMax);
    return this.#chance(tailPerMille) ? delay + this.#random.below(10 * delayMsMax) : delay;
  }

  #chance(perMille: number): boolean {
    return perMille > 0 && this.#random.chance(perMille, 1000);
  }

  /** Cuts directed pairs; every pair that is whole again reconnects. */
  partition(cut: ReadonlySet<string>, nodes: readonly NodeId[]): void {
    const before = this.#cut;
    this.#cut = new Set(cut);
    for (const a of nodes) {
      for (const b of nodes) {
        if (a >= b) continue;
        const was = before.has(`${a}>${b}`) || before.has(`${b}>${a}`);
        const is = cut.has(`${a}>${b}`) || cut.has(`${b}>${a}`);
        if (was && !is) this.#reconnected(a, b);
      }
    }
  }
}
