/** What the lab knows of an attack. How each is done stands in `attacks/`, one file for each group. */
import type { Random } from '../../src/base/random.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import type { RealCluster } from '../../test/cluster/real-cluster.ts';
import type { AttackKind } from '../../test/sim/adversary/attack.ts';
import type { RaftAttackKind } from '../../test/sim/raft/adversary/traitor.ts';

export const GROUPS = [
  'control',
  'leaky-follower',
  'disruptive-follower',
  'bad-boss',
  'impersonation',
  'corruption',
  'exhaustion',
] as const;
export type Group = (typeof GROUPS)[number];

/** A member that leads or follows, somebody with a network, or somebody with a hand on a member's disk. */
export const ATTACKERS = ['leader', 'follower', 'outsider', 'disk'] as const;

interface Common {
  /** What it is called on the command line and in reports. */
  readonly name: string;
  readonly group: Group;
  /** What the attacker does and hopes for: one sentence. */
  readonly tries: string;
  /** What holds against it, with the rules of docs/protocol.md, or the limits: one sentence. */
  readonly holds: string;
}

/** Members in the attacker's hands: honest hosts and cores, with attacks around both that are on while they attack. */
export interface MemberAttack extends Common {
  readonly by: 'leader' | 'follower';
  /** The first must do something for the attack to take place; the others keep it company. */
  readonly tangaroa: readonly AttackKind[];
  /** The same against plain Raft; null where Raft has nothing to attack in this way. */
  readonly raft: readonly RaftAttackKind[] | null;
  /** `must`: whoever does this is convicted (V1). `may`: it depends on who saw what. */
  readonly evidence: 'must' | 'may';
  /** What happens to an honest follower, `Inside.victim`, at the same time. */
  readonly meanwhile?: (inside: Inside) => Promise<void>;
}

/** Somebody with a network and perhaps a key, in a process of its own. */
export interface OutsiderAttack extends Common {
  readonly by: 'outsider';
  readonly protocols: readonly ProtocolName[];
  /** Whether the attacker has the keys of members, who then do not run themselves: `Outside.memberKeys`. */
  readonly hasMembers: boolean;
  /** Its members are those with the lowest ids, who dial all others (L1); otherwise those with the highest. */
  readonly dials?: true;
  /**
   * It is there before it attacks, and while the cluster is measured without the attack: `act` is called at once, and
   * attacks from `outside.begun` on. What it opened before stays open, so that only the attack makes a difference.
   */
  readonly lurks?: true;
  /** Attacks until `outside.stop`; what it opened is closed when it resolves. */
  readonly act: (outside: Outside) => Promise<void>;
}

/** Somebody with a hand on the disk or the process of one member, which does not lead. */
export interface DiskAttack extends Common {
  readonly by: 'disk';
  readonly protocols: readonly ProtocolName[];
  /** What that member is afterwards: as good as any other, or one of the f of whom nothing is expected. */
  readonly afterwards: 'honest' | 'byzantine';
  readonly act: (inside: Inside) => Promise<void>;
}

export type LabAttack = MemberAttack | OutsiderAttack | DiskAttack;

/** How an attack tells what it did, and what it saw. An attack that did nothing shows nothing: its round does not count. */
export interface Witness {
  /** It did something; `what` is a short phrase, always the same for the same deed. */
  did(what: string, times?: number): void;
  /** A promise was broken before its eyes: a sentence. */
  broke(promise: string): void;
}

export interface Outside extends Witness {
  readonly genesis: Genesis;
  readonly protocol: ProtocolName;
  /** `host:port` of every node. */
  readonly addresses: ReadonlyMap<NodeId, string>;
  /** The secret key of a client that the cluster knows (`mallory`, a writer) and that nobody else uses. */
  readonly clientKey: Uint8Array;
  /** Of another one, a reader, that nobody else uses either. */
  readonly readerKey: Uint8Array;
  /** Secret keys of members that do not run: what an attacker who stole them has. */
  readonly memberKeys: ReadonlyMap<NodeId, Uint8Array>;
  readonly random: Random;
  /** The attack begins. */
  readonly begun: Promise<void>;
  /** The attack is over. */
  readonly stop: AbortSignal;
}

export interface Inside extends Witness {
  readonly cluster: RealCluster;
  readonly protocol: ProtocolName;
  readonly victim: string;
  readonly random: Random;
  /** How long the attack lasts. */
  readonly seconds: number;
  /** The attack is over: what remains of it is to be done now, quickly. */
  readonly stop: AbortSignal;
}

export interface RogueReport {
  /** What was done, and how often. */
  readonly did: Readonly<Record<string, number>>;
  readonly broke: readonly string[];
  /** Lines for a reader, the first and the last of many. */
  readonly said: readonly string[];
}

export function protocolsOf(attack: LabAttack): readonly ProtocolName[] {
  if (attack.by === 'disk' || attack.by === 'outsider') return attack.protocols;
  return attack.raft === null ? ['tangaroa'] : ['tangaroa', 'raft'];
}

/** How many members are in the attacker's hands, where `rogues` may be had. */
export function roguesOf(attack: LabAttack, rogues: number): number {
  switch (attack.by) {
    case 'leader':
    case 'follower':
      return rogues;
    case 'outsider':
      return attack.hasMembers ? rogues : 0;
    case 'disk':
      return attack.afterwards === 'honest' ? 0 : 1;
  }
}
