/**
 * Habit 6: whatever a core or a host keeps is bounded, whoever floods it. All of a core's state is walked, and every
 * container in it is compared with a bound; one that has none here, because it came later, is a violation as well.
 */
import { limits } from '../../../src/base/limits.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { State } from '../../../src/consensus/tangaroa/state.ts';
import type { HostStatus, Queues } from '../../../src/host/status.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

export interface MemoryOptions {
  readonly voters: number;
  /** Clients of the configuration, whoever they are. */
  readonly clients: number;
  readonly capacityBytes: number;
}

/** What a container may hold, by where it stands: `[]` is an element of a list, a map or a set. */
type Bounds = Readonly<Record<string, number>>;

/** Given when a node is made, and never changed. */
const FIXED: ReadonlySet<string> = new Set(['configuration', 'deps']);

/** Entries above the commit index: what opens a term finds room beyond, and what a restart finds uncommitted again. */
function heldMax(voters: number): number {
  return limits.heldEntriesMax + voters + 1 + limits.certificateSpacing;
}

const HELD_BYTES_MAX: number =
  limits.heldBytesMax + limits.certificateSpacingBytes + 2 * limits.batchBytesMax;

/** By path from the state. A class that hides what it holds says how much in `sizes`. */
function stateBounds({ voters, clients, capacityBytes }: MemoryOptions): Bounds {
  const held = heldMax(voters);
  return {
    order: voters,
    // Of a start alone, until the first input: a term, or a resignation.
    effects: 4,
    'effects[].records': 4,
    evidence: voters * limits.evidencePerCulpritMax,
    'evidence[].first.headers': limits.fetchHeadersMax,
    'evidence[].second.headers': limits.fetchHeadersMax,
    suspects: voters,
    passing: 16,
    fetchesWaiting: voters,
    proofSentMs: voters,
    askedMs: voters,
    servedMs: voters,
    'fetching.asked': voters,
    'fetching.starts': (2 * voters + 1) * voters,
    'acceptance.accepting': held,
    'acceptance.preparing': held,
    // E3: a candidate asks with at most |order| + 1 bases.
    'role.asked': voters + 1,
    'role.votes': voters + 1,
    'role.votes[]': voters,
    'role.heeded': voters,
    'role.termAppend.entries': 1,
    'role.lastAppend.entries': 1,
    'ballot.votes': voters + 1,
    'chain.held': held,
    'chain.heldBytes': HELD_BYTES_MAX,
    'chain.path': held,
    'chain.pathBytes': HELD_BYTES_MAX,
    'chain.recent': 2 * limits.recentHeaders,
    'tally.voters': voters,
    // A change of chains puts the two that were placed back among those that wait.
    'tally.waiting': limits.unplacedPerVoterMax + 2,
    'witness.leaders': 1,
    'witness.voters': voters,
    'witness.indexes': limits.witnessedIndexesMax,
    'pool.requests': capacityBytes / REQUEST_BYTES_MIN,
    'pool.bytes': capacityBytes,
    'pool.clients': clients,
    'pool.sums': voters * (clients + 1),
  };
}

/** The statement and the signature of a request. */
const REQUEST_BYTES_MIN = 82 + 64;

/** Inside of values that were received or made: by the name of the field. */
function valueBounds({ voters }: MemoryOptions): Bounds {
  return {
    votes: voters,
    responses: voters,
    suspects: voters,
    headers: limits.certificateHeadersMax,
    payload: limits.batchBytesMax,
    signature: 64,
  };
}

/** Decoded from a payload, and bounded with it. */
const INSIDE_PAYLOAD = 'content';

function queueBounds({ voters, clients }: MemoryOptions): Readonly<Record<keyof Queues, number>> {
  const peerBytes = voters * limits.peerQueueBytesMax;
  const clientBytes = clients * limits.clientQueueBytesMax;
  return {
    peerBytes,
    clientBytes,
    // What holding a frame costs bounds the number of tiny ones.
    peerFrames: peerBytes / FRAME_COST_BYTES,
    clientFrames: clientBytes / FRAME_COST_BYTES,
    lookups: 2 * limits.lookupsMax,
    reads: clients * limits.readsPerClientMax,
    // Entries, what was accepted and prepared of them, and what of them is dropped again: of a term and of the next.
    records: 2 * 4 * heldMax(voters),
    sends: (voters + 1) * limits.heldSendsMax,
    entries: limits.applyLagMax + heldMax(voters) + limits.fetchEntriesMax,
    entryBytes: limits.applyQueueBytesMax + limits.fetchBytesMax + limits.batchBytesMax,
  };
}

const FRAME_COST_BYTES = 64;

/** The whole state is walked at one look of so many: it is large, and what grows without bound goes on growing. */
const LOOKS_PER_WALK = 24;

export class Memory implements Checker<never, State> {
  readonly name = 'memory';
  readonly #looks = new Map<NodeId, number>();
  readonly #state: Bounds;
  readonly #values: Bounds;
  readonly #queues: Readonly<Record<keyof Queues, number>>;
  /** The most that was seen of each, as a share of its bound. */
  readonly fullest = new Map<string, number>();

  constructor(options: MemoryOptions) {
    this.#state = stateBounds(options);
    this.#values = valueBounds(options);
    this.#queues = queueBounds(options);
  }

  looked(node: NodeId, { queues }: HostStatus, state: State): void {
    for (const name of Object.keys(queues) as (keyof Queues)[])
      this.#compare(node, `queues.${name}`, queues[name], this.#queues[name]);
    const looks = this.#looks.get(node) ?? 0;
    this.#looks.set(node, looks + 1);
    if (looks % LOOKS_PER_WALK !== 0) return;
    const seen = new Set<unknown>();
    for (const [name, value] of Object.entries(state))
      if (!FIXED.has(name)) this.#walk(node, name, name, value, seen);
  }

  /** `field`: the last name on the path. */
  #walk(node: NodeId, path: string, field: string, value: unknown, seen: Set<unknown>): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const size = sizeOf(value);
    if (size !== null) this.#compare(node, path, size, this.#state[path] ?? this.#values[field]);
    if (value instanceof Uint8Array) return;
    if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
      const elements: Iterable<unknown> = value.values();
      for (const element of elements) this.#walk(node, `${path}[]`, `${field}[]`, element, seen);
    } else if (isPlain(value)) {
      for (const [name, inner] of Object.entries(value))
        if (name !== INSIDE_PAYLOAD) this.#walk(node, `${path}.${name}`, name, inner, seen);
    } else this.#sizes(node, path, value);
  }

  /** An object that hides its fields tells of each by name. */
  #sizes(node: NodeId, path: string, value: object): void {
    const sizes: unknown = 'sizes' in value ? value.sizes : undefined;
    if (typeof sizes !== 'object' || sizes === null)
      throw new Violation(this.name, `${path} of ${node} does not say how much it holds`);
    for (const [name, size] of Object.entries(sizes))
      this.#compare(node, `${path}.${name}`, Number(size), this.#state[`${path}.${name}`]);
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
