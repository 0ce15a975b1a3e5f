/** What puppets do when the node under test fetches. */
import type { Entry } from '../../src/consensus/model/entry.ts';
import { makeEntry } from '../../src/consensus/model/entry.ts';
import type { LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EntriesBody, PeerMessage } from '../../src/consensus/model/message.ts';
import { digest, makeRequest, signAs } from './cluster.ts';
import type { Puppets } from './puppets.ts';

/** Fetched entries as `signer` sends them. */
export function entriesFrom(signer: NodeId, body: Partial<EntriesBody>): PeerMessage {
  return {
    kind: 'entries',
    signed: signAs(signer, { kind: 'entries', bodyDigest: 'e'.repeat(64) as never }),
    body: { entries: [], headers: [], leader: null, commit: null, ...body },
  };
}

/** Whoever was asked last answers. */
export function answer(p: Puppets, body: Partial<EntriesBody>): void {
  const peer = p.sentTo('fetch-entries').at(-1) as NodeId;
  p.tell(Number(peer.slice(1)), entriesFrom(peer, body));
}

/** `count` batches of `bytes` of payload each, above `parent`. */
export function large(
  parent: Entry,
  inTerm: number,
  count: number,
  bytes: number,
): readonly Entry[] {
  const content = { kind: 'batch', requests: [makeRequest()] } as const;
  const entries: Entry[] = [];
  for (let last = parent; entries.length < count;) {
    const { index, timestamp } = last.header;
    const fields = {
      index: (index + 1) as LogIndex,
      epoch: 0 as never,
      term: inTerm as never,
      parent: last.hash,
      kind: 'batch',
      timestamp: timestamp,
    } as const;
    last = makeEntry(fields, new Uint8Array(bytes), content, digest);
    entries.push(last);
  }
  return entries;
}
