/** Plain Raft's messages, as the host sends and takes them: unsigned, and believed because the link proved the sender. */
import { AssertionError } from '../base/assert.ts';
import type { RaftMessage } from '../consensus/raft/message.ts';
import { believed } from '../crypto/unsigned.ts';
import type { WireContext } from '../wire/context.ts';
import { decodeRaftMessage, encodeRaftMessage } from '../wire/raft.ts';
import type { PeerWire } from './protocol.ts';

export function raftWire({ context }: { readonly context: WireContext }): PeerWire<RaftMessage> {
  return {
    encode: encodeRaftMessage,
    decode: (frame) => decodeRaftMessage(frame, context),
    arrange: (arrivals) => arrivals,
    // Nothing is signed, and whoever is linked is believed: nothing has to be shared out.
    signatures: () => 0,
    checked: () => 0,
    requests: () => [],
    prepare: () => true,
    isNews: () => true,
    verify: believed,
    entries: () => {
      throw new AssertionError('a leader of plain Raft sends old entries itself (`load`)');
    },
  };
}
