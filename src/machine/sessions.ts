/** The sessions in memory, those used last, and how the others come from disk. */
import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { DatabaseIterator, MachineDatabase } from './database.ts';
import {
  decodeSessionHead,
  decodeSlot,
  sessionKey,
  sessionRange,
  slotKey,
  type ExecutedRequest,
  type SessionHead,
} from './layout.ts';
import { Session } from './session.ts';
import type { EntryWrites } from './writes.ts';

/** Slots hold results, which are large at times and are let go at once. */
const SLOTS_AT_ONCE = 16;

async function readSession(iterator: DatabaseIterator, client: string): Promise<Session> {
  const headLength = sessionKey(client).length;
  let head: SessionHead = { floor: 0n, highest: 0n };
  const executed: ExecutedRequest[] = [];
  try {
    for (;;) {
      const pairs = await iterator.nextv(SLOTS_AT_ONCE);
      if (pairs.length === 0) return new Session(client, head, executed);
      for (const [key, value] of pairs)
        if (key.length === headLength) head = decodeSessionHead(key, value);
        else executed.push(decodeSlot(key, value).request);
    }
  } finally {
    await iterator.close();
  }
}

/** The results of an executed request, from where they are kept; null if a later request took the slot. */
export function resultsOf(
  session: Session,
  request: ExecutedRequest,
  writes: EntryWrites,
): readonly Uint8Array[] | null {
  const key = slotKey(session.key, request.last);
  const slot = decodeSlot(key, writes.require(key, `session slot ${toHex(key)}`));
  return slot.request.digest === request.digest ? slot.results : null;
}

export class Sessions {
  readonly #database: MachineDatabase;
  /** Least recently executed first. */
  readonly #cached = new Map<string, Session>();

  constructor(database: MachineDatabase) {
    this.#database = database;
  }

  /** The session in memory, if it is there. */
  cached(client: string): Session | undefined {
    return this.#cached.get(client);
  }

  /** The session as it is on disk now: a copy, which the caller may `keep`. */
  read(client: string): Promise<Session> {
    return readSession(this.#database.iterator(sessionRange(sessionKey(client))), client);
  }

  /** Makes it the most recently used. */
  keep(client: string, session: Session): void {
    this.#cached.delete(client);
    this.#cached.set(client, session);
  }

  /** Back to the bound. Not while an entry is applied: its sessions are ahead of the disk. */
  trim(): void {
    for (const client of this.#cached.keys()) {
      if (this.#cached.size <= limits.sessionsInMemoryMax) return;
      this.#cached.delete(client);
    }
  }
}
