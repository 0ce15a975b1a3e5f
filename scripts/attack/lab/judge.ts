/** What is promised under attack, and whether it held. Each promise is judged here and nowhere else. */
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import type { LabAttack } from '../attack.ts';
import { PHASES } from '../load/figures.ts';
import type { Round } from './round.ts';
import { TARGETS } from './targets.ts';

export interface Judged {
  /** Of the better throughput of before and after: what was missing during the attack. Below 0: there was more. */
  readonly taken: number;
  /** Of that, what the attacker's own process took of the cores that others used before. */
  readonly displaced: number;
  /** One sentence for each promise that was broken in this round. */
  readonly broken: readonly string[];
  /** Whether the attack took place at all. */
  readonly tookPlace: boolean;
}

export function judge(round: Round, attack: LabAttack, protocol: ProtocolName): Judged {
  const tookPlace = took(round, attack, protocol);
  return {
    taken: takenIn(round),
    displaced: displacedIn(round),
    broken: [
      ...round.rogue.broke,
      ...data(round),
      ...truth(round),
      ...agreement(round),
      ...convictions(round, tookPlace && mustConvict(attack, protocol)),
      ...liveness(round, attack),
      ...fairness(round, attack),
      ...memory(round),
    ],
    tookPlace,
  };
}

/** Members may do more than one thing at once: what they do first is the attack, the others keep it company. */
function took({ rogue: { did } }: Round, attack: LabAttack, protocol: ProtocolName): boolean {
  if (attack.by !== 'leader' && attack.by !== 'follower')
    return Object.values(did).some((times) => times > 0);
  const [first] = attack[protocol] ?? [];
  return first !== undefined && (did[first.name] ?? 0) > 0;
}

/**
 * New processes grow faster for a while, so what was to be expected lies half-way between before and after; but not
 * below before, where the attack left something behind.
 */
function takenIn({ load: { phases } }: Round): number {
  const [before, during, after] = [phases.before, phases.during, phases.after].map(
    ({ all }) => all.perSecond,
  ) as [number, number, number];
  const expected = Math.max(before, (before + after) / 2);
  return expected === 0 ? 0 : 1 - during / expected;
}

/**
 * On a machine of its own the attacker would take no core from the cluster. What did not come out of idle time it took
 * from others; a cluster that waits for a disk or for itself leaves some idle, attacked or not. Where more is idle during
 * the attack than before, nobody would have used it.
 */
function displacedIn({ cores: { all, idle, idleDuring, rogue } }: Round): number {
  if (idle === null || idleDuring === null || rogue === null) return 0;
  return Math.max(0, rogue - Math.abs(idle - idleDuring)) / Math.max(0.1, all - idle);
}

/** Nothing acknowledged is lost or changed, and nothing is there that no client wrote (N4, N6, C1). */
function data({ audits }: Round): readonly string[] {
  const counted = [
    ['lost', 'an acknowledged write is not there'],
    ['changed', 'a record has another value than its client wrote'],
    ['foreign', 'a record is there that no client wrote'],
  ] as const;
  return audits.flatMap((one) =>
    counted.flatMap(([kind, text]) =>
      one[kind] === 0
        ? []
        : [`${text} at ${one.node} (${one[kind]} in all: ${one.examples.join(', ')})`],
    ),
  );
}

/** A client believes nothing that is not so (C3). */
function truth({ load }: Round): readonly string[] {
  const lies = PHASES.map((name) => load.phases[name]).reduce(
    (sum, { all, victim }) => sum + all.lies + victim.lies,
    0,
  );
  return lies === 0 ? [] : [`clients believed ${lies} answers that were not true`];
}

/** Honest nodes have the same state at the same index, all of them run, and all get to the same index (section 6). */
function agreement({ honest, fallen }: Round): readonly string[] {
  const broken = fallen.map((words) => `an honest node stopped: ${words}`);
  const silent = honest.filter(({ view }) => view === null).map(({ node }) => node);
  if (silent.length > 0 && fallen.length === 0)
    broken.push(`${silent.join(', ')} did not answer at the end`);
  const digests = new Map<number, Set<string>>();
  for (const { view } of honest) {
    if (view === null) continue;
    const known = digests.get(view.applied) ?? new Set();
    digests.set(view.applied, known.add(view.stateDigest));
  }
  if ([...digests.values()].some(({ size }) => size > 1))
    broken.push('honest nodes have different states at the same index');
  else if (digests.size > 1)
    broken.push(
      `honest nodes did not get to the same index: ${honest.map(({ node, view }) => `${node} ${view?.applied ?? '-'}`).join(', ')}`,
    );
  return broken;
}

/** No honest node is convicted; who is, is at every honest node; who contradicts itself is (V1, V4). */
function convictions({ honest, rogueIds }: Round, isDue: boolean): readonly string[] {
  const broken: string[] = [];
  const answering = honest.flatMap(({ node, view }) => (view === null ? [] : [{ node, view }]));
  const holders = new Map<string, string[]>();
  for (const { node, view } of answering)
    for (const culprit of view.culprits)
      holders.set(culprit, [...(holders.get(culprit) ?? []), node]);
  for (const [culprit, nodes] of holders) {
    if (!rogueIds.includes(culprit))
      broken.push(`${nodes.join(', ')} held evidence against ${culprit}, which is honest`);
    else if (nodes.length < answering.length)
      broken.push(
        `evidence against ${culprit} is held by ${nodes.join(', ')} and not by every honest node`,
      );
  }
  if (isDue && answering.length > 0 && !rogueIds.some((id) => holders.has(id)))
    broken.push('nobody holds evidence of the contradictions');
  return broken;
}

/** Plain Raft signs nothing, so nothing is evidence there. */
function mustConvict(attack: LabAttack, protocol: ProtocolName): boolean {
  const isMember = attack.by === 'leader' || attack.by === 'follower';
  return protocol === 'tangaroa' && isMember && attack.evidence === 'must';
}

/** Writes go on (section 4). */
function liveness({ electionTimeoutMs, load }: Round, attack: LabAttack): readonly string[] {
  const [during, after] = [load.phases.during.all, load.phases.after.all];
  const broken: string[] = [];
  if (after.acknowledged === 0) broken.push('nothing was acknowledged after the attack');
  const bound = TARGETS.timeoutsMax * electionTimeoutMs;
  const longest = Math.round(Math.max(during.gapMs, after.gapMs));
  if (isUnderAttack(attack) && longest > bound)
    broken.push(
      `nothing was acknowledged for ${longest} ms, where ${bound} ms (${TARGETS.timeoutsMax} election timeouts) are allowed`,
    );
  return broken;
}

/** Where nobody attacks, a gap says how busy the machine is. */
function isUnderAttack({ group }: LabAttack): boolean {
  return group !== 'control';
}

/** The requests of every client are executed within a bounded time, also of one that is picked on (S1, S4). */
function fairness({ electionTimeoutMs, load }: Round, attack: LabAttack): readonly string[] {
  const [during, after] = [load.phases.during.victim, load.phases.after.victim];
  if (after.acknowledged === 0)
    return ['nothing of the client that was picked on was acknowledged after the attack'];
  const bound = TARGETS.victimTimeoutsMax * electionTimeoutMs;
  const longest = Math.round(Math.max(during.gapMs, after.gapMs));
  if (!isUnderAttack(attack) || longest <= bound) return [];
  return [
    `nothing of the client that was picked on was acknowledged for ${longest} ms, where ${bound} ms ` +
      `(${TARGETS.victimTimeoutsMax} election timeouts) are allowed`,
  ];
}

function memory({ peakBytes }: Round): readonly string[] {
  if (peakBytes === null || peakBytes <= TARGETS.peakBytesMax) return [];
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  return [
    `an honest node used ${mib(peakBytes)} MiB, where ${mib(TARGETS.peakBytesMax)} are allowed`,
  ];
}
