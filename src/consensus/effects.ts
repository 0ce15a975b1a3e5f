/** The few ways in which a core's handlers speak: store, send, report, halt. */
import type { Effect, Level, StoreRecord, Ticket } from './core.ts';
import type { NodeId } from './model/ids.ts';
import type { PeerMessage } from './model/message.ts';

/** The part of a core's state that these need. */
export interface Speaker<M> {
  effects: Effect<M>[];
  /** Of the newest write, and of the newest durable one. */
  ticket: Ticket;
  readonly durable: Ticket;
  halted: boolean;
}

/** Writes records, all or none; what needs them names the returned ticket. */
export function store<M>(s: Speaker<M>, records: readonly StoreRecord[]): Ticket {
  s.ticket++;
  s.effects.push({ type: 'store', ticket: s.ticket, records });
  return s.ticket;
}

/** N3, Raft's figure 2: nothing is said before what it promises is durable. `after` names the write. */
export function send<M>(
  s: Speaker<M>,
  to: NodeId | 'all',
  message: M,
  after: Ticket | null = null,
): void {
  const wait = after !== null && after > s.durable ? after : null;
  s.effects.push({ type: 'send', to, message, after: wait });
}

export function report<M>(
  s: Speaker<M>,
  level: Level,
  code: string,
  text: string,
  detail: Readonly<Record<string, string | number>> = {},
): void {
  s.effects.push({ type: 'report', level, code, text, detail });
}

/** The core stops, says so and keeps the proof, if there is one; nothing follows. */
export function halt<M>(
  s: Speaker<M>,
  code: string,
  text: string,
  proof: readonly PeerMessage[],
): void {
  if (s.halted) return;
  s.halted = true;
  s.effects.push({ type: 'halt', code, text, proof });
}
