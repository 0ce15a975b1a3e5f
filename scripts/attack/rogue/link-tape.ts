/** What passed over links, kept for saying it again: of each kind the first frames, and the newest. */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Random } from '../../../src/base/random.ts';

export interface Taped {
  /** Over whose link it came. */
  readonly from: NodeId;
  readonly frame: Uint8Array;
}

/** Of each kind: so many of the first, which grow old, and of the newest. Large frames are not kept. */
const FIRST = 16;
const NEWEST = 16;
const FRAME_BYTES_MAX = 65_536;

export class Tape {
  readonly #kinds = new Map<number, { readonly first: Taped[]; readonly newest: Taped[] }>();

  record(from: NodeId, frame: Uint8Array): void {
    const kind = frame[1];
    if (kind === undefined || frame.length > FRAME_BYTES_MAX) return;
    const kept = this.#kinds.get(kind) ?? { first: [], newest: [] };
    this.#kinds.set(kind, kept);
    if (kept.first.length < FIRST) kept.first.push({ from, frame });
    else {
      kept.newest.push({ from, frame });
      if (kept.newest.length > NEWEST) kept.newest.shift();
    }
  }

  /** Something of any kind, every kind alike; null while nothing passed. */
  draw(random: Random): Taped | null {
    const kinds = [...this.#kinds.values()];
    if (kinds.length === 0) return null;
    const { first, newest } = random.pick(kinds);
    return random.pick([...first, ...newest]);
  }

  /** The newest of a kind, newest first. */
  newest(kind: number): readonly Taped[] {
    const kept = this.#kinds.get(kind);
    return kept === undefined ? [] : [...kept.first, ...kept.newest].reverse();
  }
}
