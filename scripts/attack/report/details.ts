/** What `--verbose` tells of every round: what the rogues did, and what the honest nodes say of it. */
import { PHASES } from '../load/figures.ts';
import type { Report, Result, RoundResult } from '../result/format.ts';
import { roundCommand } from './command.ts';
import { counted, mebibytes, percent, whole } from './words.ts';

type Honest = RoundResult['honest'][number];

export function roundLines({ options }: Report, { attack, rounds }: Result): readonly string[] {
  return rounds.flatMap((round, at) => [
    `${attack.name}, round ${at + 1}: ${roundCommand(options, attack.name, round.seed)}\n`,
    ...[...detailsOf(round), ...round.rogue.said.map((line) => `said: ${line}`)].map(
      (line) => `  ${line}\n`,
    ),
    '\n',
  ]);
}

/** One line each. */
export function detailsOf(round: RoundResult): readonly string[] {
  const { rogueIds, rogue, honest, audits, fallen, lastFailure, phases } = round;
  const failed = PHASES.map((name) => phases[name]).reduce(
    (sum, { all, victim }) => sum + all.failed + victim.failed,
    0,
  );
  return [
    ...(rogueIds.length === 0 ? [] : [`in the attacker's hands: ${rogueIds.join(', ')}`]),
    `did: ${didText(rogue)}`,
    ...rogue.broke.map((promise) => `the attacker saw broken: ${promise}`),
    ...honest.map(honestLine),
    ...honest.flatMap(suspicionLines),
    ...audits.map(auditLine),
    ...fallen.map((words) => `fell over: ${words.replaceAll(/\s+/gu, ' ')}`),
    costLine(round),
    ...(failed === 0 ? [] : [`${counted(failed, 'operation')} failed, the last: ${lastFailure}`]),
  ];
}

export function didText({ did }: RoundResult['rogue']): string {
  const deeds = Object.entries(did).map(([what, times]) => `${what} × ${whole(times)}`);
  return deeds.length === 0 ? 'nothing' : deeds.join(', ');
}

function honestLine({ node, view }: Honest): string {
  if (view === null) return `${node}: does not answer`;
  const { role, term, applied, stateDigest, culprits, evidence: pieces } = view;
  const evidence =
    culprits.length === 0
      ? ''
      : `, ${counted(pieces.length, 'piece')} of evidence against ${culprits.join(', ')}`;
  return `${node}: ${role} in term ${term}, applied ${applied}, state ${stateDigest.slice(0, 12)}${evidence}`;
}

/** Suspicion is a voter's word, and proves nothing. */
function suspicionLines({ node, view }: Honest): readonly string[] {
  return (view?.suspicions ?? []).map(
    ({ voter, wanted, reason }) =>
      `${node} heard: ${voter} suspects, and wants term ${wanted} (${reason})`,
  );
}

function auditLine(audit: RoundResult['audits'][number]): string {
  const { node, found, lost, changed, foreign, examples } = audit;
  const seen = examples.length === 0 ? '' : ` (${examples.join(', ')})`;
  return `audit at ${node}: ${counted(found, 'record')}, ${lost} lost, ${changed} changed, ${foreign} foreign${seen}`;
}

function costLine({ taken, displaced, peakBytes, cores }: RoundResult): string {
  const rogue = cores.rogue === null ? 'unknown' : cores.rogue.toFixed(2);
  const [before, during] = [cores.idle, cores.idleDuring].map((idle) =>
    idle === null ? 'unknown' : idle.toFixed(2),
  );
  return `taken ${percent(taken)}, of it ${percent(displaced)} by the attacker's own CPU (${rogue} of ${cores.all} cores, ${before} idle before, ${during} during); peak ${mebibytes(peakBytes)} MiB`;
}
