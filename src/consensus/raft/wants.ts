/** What is not worth a look: it would change nothing and asks for no answer. Cheap, and changes nothing itself. */
import { unreachable } from '../../base/assert.ts';
import type { NodeId } from '../model/ids.ts';
import type { RaftMessage } from './message.ts';
import type { State } from './state.ts';

export function wants(s: State, message: RaftMessage, from: NodeId): boolean {
  if (s.halted || !s.others.includes(from)) return false;
  switch (message.kind) {
    // A lower term is answered: its sender learns of this one.
    case 'append-entries':
    case 'request-vote':
      return true;
    case 'append-entries-response':
      return message.term >= s.term;
    case 'vote':
      return message.term > s.term || s.role.type === 'candidate';
    case 'transfer-leadership':
      return message.term >= s.term;
    case 'forward':
      return s.role.type === 'leader';
    default:
      return unreachable(message);
  }
}
