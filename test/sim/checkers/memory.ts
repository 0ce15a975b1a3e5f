/**
 * Habit 6: whatever a core or a host keeps is bounded, whoever floods it. All of a core's state is walked, and every
 * container in it is compared with a bound; one that has none here, because it came later, is a violation as well.
 */
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { HostStatus, Queues } from '../../../src/host/status.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

/** What a container may hold, by where it stands: `[]` is an element of a list, a map or a set. */
export type Bounds = Readonly<Record<string, number>>;

export interface MemoryBounds {
  /** By path from the state. A class that hides what it holds says how much in `sizes`. */
  readonly state: Bounds;
  /** Inside of values that were received or made: by the name of the field. */
  readonly values: Bounds;
  readonly queues: Readonly<Record<keyof Queues, number>>;
  /** Fields of the state that are given when a node is made, and never changed. */
  readonly fixed: readonly string[];
}

/** Decoded from a payload, and bounded with it. */
const INSIDE_PAYLOAD = 'content';

/** The whole state is walked at one look of so many: it is large, and what grows without bound goes on growing. */
const LOOKS_PER_WALK = 24;

export class Memory<S extends object> implements Checker<never, S> {
  readonly name = 'memory';
  readonly #looks = new Map<NodeId, number>();
  readonly #bounds: MemoryBounds;
  /** The most that was seen of each, as a share of its bound. */
  readonly fullest = new Map<string, number>();

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  looked(node: NodeId, { queues }: HostStatus, state: S): void {
    for (const name of Object.keys(queues) as (keyof Queues)[])
      this.#compare(node, `queues.${name}`, queues[name], this.#bounds.queues[name]);
    const looks = this.#looks.get(node) ?? 0;
    this.#looks.set(node, looks + 1);
    if (looks % LOOKS_PER_WALK !== 0) return;
    const seen = new Set<unknown>();
    for (const [name, value] of Object.entries(state))
      if (!this.#bounds.fixed.includes(name)) this.#walk(node, name, name, value, seen);
  }

  /** `field`: the last name on the path. */
  #walk(node: NodeId, path: string, field: string, value: unknown, seen: Set<unknown>): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const size = sizeOf(value);
    if (size !== null) this.#compare(node, path, size, this.#boundOf(path, field));
    if (value instanceof Uint8Array) return;
    if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
      const elements: Iterable<unknown> = value.values();
      for (const element of elements) this.#walk(node, `${path}[]`, `${field}[]`, element, seen);
    } else if (isPlain(value)) {
      for (const [name, inner] of Object.entries(value))
        if (name !== INSIDE_PAYLOAD) this.#walk(node, `${path}.${name}`, name, inner, seen);
    } else this.#sizes(node, path, value);
  }

  #boundOf(path: string, field: string): number | undefined {
    return this.#bounds.state[path] ?? this.#bounds.values[field];
  }

  /** An object that hides its fields tells of each by name. */
  #sizes(node: NodeId, path: string, value: object): void {
    const sizes: unknown = 'sizes' in value ? value.sizes : undefined;
    if (typeof sizes !== 'object' || sizes === null)
      throw new Violation(this.name, `${path} of ${node} does not say how much it holds`);
    for (const [name, size] of Object.entries(sizes))
      this.#compare(node, `${path}.${name}`, Number(size), this.#bounds.state[`${path}.${name}`]);
  }

  #compare(node: NodeId, path: string, size: number, bound: number | undefined): void {
    if (bound === undefined)
      throw new Violation(this.name, `${path} of ${node} holds ${size}, and nothing bounds it`);
    if (!(size <= bound))
      throw new Violation(this.name, `${path} of ${node} holds ${size}, its bound is ${bound}`);
    const share = bound === 0 ? 0 : size / bound;
    if (share > (this.fullest.get(path) ?? 0)) this.fullest.set(path, share);
  }
}

/** Elements or bytes; null for what is no container. */
function sizeOf(value: object): number | null {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : null;
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}
