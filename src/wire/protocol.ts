/** The protocols of the house, as a genesis document names them: one for every cluster, from its first entry on. */
import { hashChain } from '../consensus/model/entry.ts';
import type { Naming } from '../consensus/model/entry.ts';
import type { Digest } from '../consensus/model/ids.ts';
import { faultsTolerated, nobodyLies } from '../consensus/model/quorum.ts';
import type { Faults } from '../consensus/model/quorum.ts';
import { termNaming } from '../consensus/raft/naming.ts';

/** `tangaroa`: up to f of 3f+1 nodes may lie. `raft`: nodes may crash, and nobody lies. */
export type ProtocolName = 'tangaroa' | 'raft';

export const PROTOCOL_NAMES: readonly ProtocolName[] = ['tangaroa', 'raft'];

export function isProtocolName(text: string): text is ProtocolName {
  return (PROTOCOL_NAMES as readonly string[]).includes(text);
}

/** How the entries of a cluster get their names. */
export function namingOf(protocol: ProtocolName, digest: Digest): Naming {
  switch (protocol) {
    case 'tangaroa':
      return hashChain(digest);
    case 'raft':
      return termNaming;
  }
}

/** How many voters of a cluster may lie, on which its quorums rest. */
export function faultsOf(protocol: ProtocolName): Faults {
  switch (protocol) {
    case 'tangaroa':
      return faultsTolerated;
    case 'raft':
      return nobodyLies;
  }
}
