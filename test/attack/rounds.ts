/** Rounds made by hand: one in which everything held, and what a test wants to be otherwise. */
import type { NodeView } from '../../src/cli/cluster/status-view.ts';
import type { DiskAttack, MemberAttack, OutsiderAttack } from '../../scripts/attack/attack.ts';
import type { Audit } from '../../scripts/attack/lab/audit.ts';
import type { HonestView } from '../../scripts/attack/lab/cluster.ts';
import type { Round } from '../../scripts/attack/lab/round.ts';
import type { PhaseFigures } from '../../scripts/attack/load/figures.ts';

const COMMON = { tries: 'tries something', holds: 'a rule holds (N2)' } as const;
const act = (): Promise<void> => Promise.resolve();

/** What a member does; nobody does it here. */
function kind<K extends { readonly name: string }>(name: string): K {
  return { name, tries: '' } as unknown as K;
}

export const LEADER: MemberAttack = {
  ...COMMON,
  name: 'liar',
  group: 'bad-boss',
  by: 'leader',
  tangaroa: [kind('lie'), kind('cheat')],
  raft: [kind('steal')],
  evidence: 'must',
};

export const FOLLOWER: MemberAttack = {
  ...LEADER,
  name: 'nuisance',
  group: 'disruptive-follower',
  by: 'follower',
  evidence: 'may',
};

export const OUTSIDER: OutsiderAttack = {
  ...COMMON,
  name: 'stranger',
  group: 'leaky-follower',
  by: 'outsider',
  protocols: ['tangaroa', 'raft'],
  hasMembers: false,
  act,
};

export const DISK: DiskAttack = {
  ...COMMON,
  name: 'flipped',
  group: 'corruption',
  by: 'disk',
  protocols: ['tangaroa'],
  afterwards: 'byzantine',
  act,
};

export function figures(change: Partial<PhaseFigures> = {}): PhaseFigures {
  return {
    acknowledged: 1_000,
    perSecond: 1_000,
    p50Ms: 10,
    p99Ms: 40,
    failed: 0,
    lies: 0,
    gapMs: 50,
    ...change,
  };
}

export interface Phases {
  readonly before?: Partial<PhaseFigures>;
  readonly during?: Partial<PhaseFigures>;
  readonly after?: Partial<PhaseFigures>;
}

const VICTIM = figures({ acknowledged: 60, perSecond: 60 });

/** A load in which all three phases went alike, but for what is changed. */
export function load({ before, during, after }: Phases = {}, victim: Phases = {}): Round['load'] {
  const phase = (name: keyof Phases, seconds: number, change: Partial<PhaseFigures> = {}) => ({
    seconds,
    all: figures(change),
    victim: { ...VICTIM, ...victim[name] },
  });
  return {
    phases: {
      before: phase('before', 1, before),
      during: phase('during', 2, during),
      after: phase('after', 1, after),
    },
    curve: Array.from({ length: 40 }, () => 1_000),
    victimCurve: Array.from({ length: 40 }, () => 60),
    ledgers: [],
    lastFailure: '',
  };
}

export function view(change: Partial<NodeView> = {}): NodeView {
  return {
    role: 'follower',
    epoch: 0,
    term: 1,
    leader: 'node1',
    accepted: 100,
    prepared: 100,
    committed: 100,
    applied: 100,
    stateDigest: 'aaaabbbbccccdddd',
    links: [],
    pending: 0,
    culprits: [],
    evidence: (change.culprits ?? []).map((culprit) => ({ id: 'e1'.repeat(32), culprit })),
    suspicions: [],
    ...change,
  };
}

export function honest(change: Partial<NodeView> = {}): readonly HonestView[] {
  return ['node2', 'node3', 'node4'].map((node) => ({ node, view: view(change) }));
}

export function audited(change: Partial<Audit> = {}): Audit {
  return { node: 'node2', found: 4_000, lost: 0, changed: 0, foreign: 0, examples: [], ...change };
}

/** Of an attack by `node1`, whom all convicted. */
export function aRound(change: Partial<Round> = {}): Round {
  return {
    seed: 7,
    load: load(),
    rogue: { did: { lie: 12, cheat: 3, steal: 1 }, broke: [], said: ['node1: term 1: lies'] },
    rogueIds: ['node1'],
    honest: honest({ culprits: ['node1'] }),
    audits: [audited()],
    fallen: [],
    peakBytes: 100 * 2 ** 20,
    cores: { all: 2, idle: 1, idleDuring: 0.9, rogue: 0.1 },
    electionTimeoutMs: 800,
    ...change,
  };
}
