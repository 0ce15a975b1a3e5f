/**
 * Numbers of clients that were executed while this process runs (C2): whoever hands an old request over again, and a
 * member has seen them all, has it neither verified nor ordered. What is not known here is ordered once more without
 * harm (N2), and known then.
 */
import { limits } from '../../base/limits.ts';
import type { Executed } from '../core.ts';
import type { ClientId } from '../model/ids.ts';
import type { RequestStatement } from '../model/request.ts';

interface Session {
  floor: bigint;
  /** First and last number of what was executed above the floor. */
  readonly used: Map<bigint, bigint>;
}

export class Spent {
  readonly #sessions = new Map<ClientId, Session>();

  /** Clients, and numbers of them all. */
  get sizes(): Readonly<Record<'clients' | 'numbers', number>> {
    let numbers = 0;
    for (const { used } of this.#sessions.values()) numbers += used.size;
    return { clients: this.#sessions.size, numbers };
  }

  has({ client, first }: Pick<RequestStatement, 'client' | 'first'>): boolean {
    const session = this.#sessions.get(client);
    return session !== undefined && (first <= session.floor || session.used.has(first));
  }

  executed({ client, first, count, index, floor }: Executed): void {
    const isVoid = index === 0;
    if (isVoid && floor === 0n) return;
    const session = this.#sessions.get(client) ?? { floor: 0n, used: new Map<bigint, bigint>() };
    this.#sessions.set(client, session);
    const last = first + BigInt(count) - 1n;
    if (!isVoid && last > floor) session.used.set(first, last);
    if (floor > session.floor) session.floor = floor;
    forget(session);
  }
}

/** What the floor has passed: most of it stands first. */
function forget({ floor, used }: Session): void {
  for (const [first, last] of used) {
    if (last > floor && used.size <= limits.sessionWindow) return;
    if (last <= floor) used.delete(first);
  }
}
