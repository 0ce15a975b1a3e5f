/** What a person should know of the protocol that a cluster runs. */
import type { ProtocolName } from '../../wire/protocol.ts';

/** Lines of their own; none for the protocol that the program is named after. */
export function protocolNotes(protocol: ProtocolName): readonly string[] {
  switch (protocol) {
    case 'tangaroa':
      return [];
    case 'raft':
      return ['the protocol is plain Raft: crash faults only, one lying node breaks it'];
  }
}
