/** The replicated machine: sessions (C2) and a key-value store, over an abstract-level database. */
import { assert } from '../base/assert.ts';
import { answer } from './answer.ts';
import { EntryBudget } from './budget.ts';
import type { MachineDatabase } from './database.ts';
import { EntryItems } from './items.ts';
import {
  APPLIED_KEY,
  decodeApplied,
  encodeApplied,
  encodeSessionHead,
  encodeSlot,
  slotKey,
  type Applied,
  type ExecutedRequest,
} from './layout.ts';
import type { Answer, Lookup, Machine, MachineEntry, MachineRequest, Outcome } from './machine.ts';
import { runRequest } from './request.ts';
import { encodeResult, errorResult } from './result.ts';
import { isWithinWindow, type Session } from './session.ts';
import { resultsOf, Sessions } from './sessions.ts';
import { EntryWrites, type StateDigest } from './writes.ts';

export interface MachineDeps {
  /** The machine's alone; it closes it. Keys and values are `view`s. */
  readonly database: MachineDatabase;
  readonly digest: StateDigest;
}

/** What an entry writes beside the bytes of its commands, and what each of them adds: keys, revisions, results. */
const ENTRY_BYTES = 1_024;
const COMMAND_BYTES = 64;
const ZERO = '0'.repeat(64);
const VOID_RESULT = {
  'too-old': encodeResult(errorResult('too-old')),
  'sequence-reused': encodeResult(errorResult('sequence-reused')),
  'invalid-request': encodeResult(errorResult('invalid-request')),
} as const;

type State =
  /** The entry underway: its sessions are ahead of the database by what `writes` holds. */
  | { readonly type: 'applying'; readonly writes: EntryWrites }
  | { readonly type: 'idle' }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'closed' };

/** Everything of one entry that is decided before anything is written. */
interface Execution {
  readonly entry: MachineEntry;
  readonly items: EntryItems;
  readonly budget: EntryBudget;
  readonly touched: Set<Session>;
}

export class KeyValueMachine implements Machine {
  readonly #database: MachineDatabase;
  readonly #digest: StateDigest;
  readonly #sessions: Sessions;
  #applied: Applied;
  #state: State = { type: 'idle' };
  /** What waits for the entry underway to end, in order. */
  #waiting: (() => void)[] = [];
  /** Queries underway. */
  readonly #answers = new Set<Promise<unknown>>();
  /** Entries begun: tells whether a session read from disk may have been overtaken. */
  #begun = 0;

  constructor({ database, digest }: MachineDeps, applied: Applied) {
    this.#database = database;
    this.#digest = digest;
    this.#sessions = new Sessions(database);
    this.#applied = applied;
  }

  get applied(): { readonly index: number; readonly hash: string } {
    return this.#applied;
  }

  get stateDigest(): string {
    return this.#applied.digest;
  }

  async apply(
    entry: MachineEntry,
    executed?: (outcomes: readonly Outcome[]) => void,
  ): Promise<readonly Outcome[]> {
    this.#checkUsable();
    assert(this.#state.type === 'idle', 'entries are applied one at a time');
    assert(entry.index === this.#applied.index + 1, 'entries are applied in order');
    const writes = new EntryWrites(this.#database, arenaBytesOf(entry));
    this.#state = { type: 'applying', writes };
    this.#begun++;
    try {
      const outcomes = await this.#execute(entry, writes);
      executed?.(outcomes);
      const digest = writes.digest(this.#applied.digest, entry.index, this.#digest);
      const applied: Applied = { index: entry.index, hash: entry.hash, digest };
      await writes.write({ key: APPLIED_KEY, value: encodeApplied(applied) });
      this.#applied = applied;
      this.#state = { type: 'idle' };
      this.#sessions.trim();
      return outcomes;
    } catch (error) {
      // Habit 10: memory is ahead of the disk now, and nobody knows what the disk holds.
      this.#state = { type: 'failed', error };
      throw error;
    } finally {
      for (const run of this.#waiting.splice(0)) run();
    }
  }

  async #execute(entry: MachineEntry, writes: EntryWrites): Promise<readonly Outcome[]> {
    const execution: Execution = {
      entry,
      items: new EntryItems(writes, entry.index),
      budget: new EntryBudget(),
      touched: new Set(),
    };
    const outcomes: Outcome[] = [];
    for (const request of entry.requests) {
      const session = this.#sessions.cached(request.client) ?? (await this.#load(request.client));
      outcomes.push(await this.#executeRequest(request, session, execution));
    }
    for (const session of execution.touched)
      writes.put(session.key, encodeSessionHead(writes.arena, session));
    return outcomes;
  }

  async #load(client: string): Promise<Session> {
    const session = await this.#sessions.read(client);
    this.#sessions.keep(client, session);
    return session;
  }

  /** C2: a new request runs, a repeat is answered as before, a void one changes nothing. */
  async #executeRequest(
    request: MachineRequest,
    session: Session,
    { entry, items, budget, touched }: Execution,
  ): Promise<Outcome> {
    const { client, first, digest, acknowledged, commands } = request;
    const outcome = (index: number, results: readonly Uint8Array[] | null, work = 0): Outcome => {
      return { client, first, digest, index, results, floor: session.floor, work };
    };
    if (!isWithinWindow(first, commands.length, acknowledged))
      return outcome(0, [VOID_RESULT['invalid-request']]);
    const judgement = session.judge(first, commands.length, digest);
    if (judgement.type === 'void') return outcome(0, [VOID_RESULT[judgement.code]]);
    if (judgement.type === 'repeat') {
      const results = resultsOf(session, judgement.of, items.writes);
      assert(results !== null, 'a slot holds what the session remembers');
      const bytes = results.reduce((sum, result) => sum + result.length, 0);
      return outcome(judgement.of.index, budget.repeat(bytes) ? results : null);
    }
    const { results, work } = await runRequest(request, items, this.#database, budget);
    const last = first + BigInt(commands.length) - 1n;
    const executed: ExecutedRequest = { first, last, digest, index: entry.index };
    items.writes.put(slotKey(session.key, last), encodeSlot(items.writes.arena, executed, results));
    session.record(executed, acknowledged);
    touched.add(session);
    this.#sessions.keep(client, session);
    return outcome(entry.index, results, work);
  }

  async lookup(request: {
    readonly client: string;
    readonly first: bigint;
    readonly count: number;
    readonly digest: string;
  }): Promise<Lookup> {
    this.#checkUsable();
    const session = this.#sessions.cached(request.client) ?? (await this.#peek(request.client));
    this.#checkUsable();
    const judgement = session.judge(request.first, request.count, request.digest);
    if (judgement.type === 'new') return { type: 'new' };
    if (judgement.type === 'void')
      return { type: 'known', index: 0, results: () => [VOID_RESULT[judgement.code]] };
    const { of } = judgement;
    return { type: 'known', index: of.index, results: () => this.#resultsOf(session, of) };
  }

  #resultsOf(session: Session, request: ExecutedRequest): readonly Uint8Array[] | null {
    this.#checkUsable();
    const writes =
      this.#state.type === 'applying' ? this.#state.writes : new EntryWrites(this.#database);
    return resultsOf(session, request, writes);
  }

  /** A session from disk. If an entry overtook the reading, what is in memory by then is the newer. */
  async #peek(client: string): Promise<Session> {
    const begun = this.#begun;
    const session = await this.#sessions.read(client);
    const cached = this.#sessions.cached(client);
    if (cached !== undefined) return cached;
    if (this.#begun === begun && this.#state.type === 'idle') {
      this.#sessions.keep(client, session);
      this.#sessions.trim();
    }
    return session;
  }

  async query(
    query: Uint8Array,
    client: { readonly id: string; readonly role: string },
  ): Promise<Answer> {
    while (this.#state.type === 'applying') await this.#ended();
    this.#checkUsable();
    const applied = this.#applied;
    const result = answer(query, client.role, {
      database: this.#database,
      applied,
      session: () => {
        const session = this.#sessions.cached(client.id);
        if (session === undefined) return this.#sessions.read(client.id);
        return Promise.resolve({ floor: session.floor, highest: session.highest });
      },
    });
    this.#answers.add(result);
    try {
      return { applied: applied.index, ...(await result) };
    } finally {
      this.#answers.delete(result);
    }
  }

  /** When the entry underway has ended: whoever waits goes on before the next one can begin. */
  #ended(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #checkUsable(): void {
    if (this.#state.type === 'failed')
      throw new Error('the machine failed before', { cause: this.#state.error });
    if (this.#state.type === 'closed') throw new Error('the machine is closed');
  }

  async close(): Promise<void> {
    while (this.#state.type === 'applying') await this.#ended();
    if (this.#state.type !== 'failed') this.#state = { type: 'closed' };
    await Promise.allSettled(this.#answers);
    await this.#database.close();
  }
}

/** About what the writes and results of an entry of puts take: the arena is not copied again and again as it grows. */
function arenaBytesOf({ requests }: MachineEntry): number {
  let bytes = ENTRY_BYTES;
  for (const { commands } of requests)
    for (const command of commands) bytes += COMMAND_BYTES + command.length;
  return bytes;
}

/**
 * The machine on a database, where it stood when it was last written.
 *
 * @throws DamagedState where a record is not what the machine wrote
 */
export async function openMachine(deps: MachineDeps): Promise<Machine> {
  await deps.database.open();
  const record = deps.database.getSync(APPLIED_KEY);
  const applied =
    record === undefined ? { index: 0, hash: ZERO, digest: ZERO } : decodeApplied(record);
  return new KeyValueMachine(deps, applied);
}
