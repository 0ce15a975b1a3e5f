/** Figures and sentences that the terminal and the page share. */
import { faultsOf } from '../../../src/wire/protocol.ts';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import type { Group } from '../attack.ts';
import { TARGETS } from '../lab/targets.ts';
import type { Report, Result } from '../result/format.ts';
import { VERDICTS } from '../result/format.ts';

export const NONE = '–';

const LABELS: Readonly<Record<ProtocolName, string>> = { tangaroa: 'Tangaroa', raft: 'plain Raft' };

export function labelOf(protocol: ProtocolName): string {
  return LABELS[protocol];
}

export function whole(value: number | null): string {
  return value === null ? NONE : Math.round(value).toLocaleString('en');
}

/** No sign on what rounds to nothing. */
export function percent(share: number | null): string {
  return share === null ? NONE : `${Math.round(100 * share) + 0} %`;
}

export function mebibytes(bytes: number | null): string {
  return bytes === null ? NONE : whole(bytes / 2 ** 20);
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** `3/3 node1 node2`: so many of the honest nodes hold evidence against them. */
export function evidenceText({ evidence }: Result): string {
  const shares = new Map<string, string[]>();
  for (const { culprit, holders, honest } of evidence) {
    const share = `${holders}/${honest}`;
    shares.set(share, [...(shares.get(share) ?? []), culprit]);
  }
  return [...shares].map(([share, culprits]) => `${share} ${culprits.join(' ')}`).join(', ');
}

/** What was attacked, and how often it was looked at. */
export function settingText({ options, results }: Report): string {
  const { protocol, nodes, seconds } = options;
  return `${labelOf(protocol)}, ${nodes} nodes; ${paceText(results, seconds)}`;
}

/** By what was played, which is less than was asked for where somebody stopped it. */
function paceText(results: readonly Result[], seconds: number): string {
  const played = results.map(({ rounds }) => rounds.length).filter((count) => count > 0);
  if (played.length === 0) return 'no round was played to its end';
  const [fewest, most] = [Math.min(...played), Math.max(...played)];
  if (most === 1) return `one round, attacked for ${seconds} s`;
  const rounds = fewest === most ? most : `${fewest} to ${most}`;
  return `medians of ${rounds} rounds, attacked for ${seconds} s each`;
}

/** What a reader has to know before the figures. */
export function noiseNotes({ options, results }: Report): readonly string[] {
  if (results.every(({ rounds }) => rounds.length === 0 || rounds.length >= TARGETS.takenRounds))
    return [];
  // Of no use to somebody who asked for them, and stopped it.
  const how = options.rounds < TARGETS.takenRounds ? ' (--rounds)' : '';
  return [
    `what an attack takes of the throughput is judged by the median of ${TARGETS.takenRounds} rounds or more${how}: fewer are noise`,
  ];
}

/** Why there is nothing that could be broken, or null where something was promised. */
export function limitText({ options, results }: Report): string | null {
  if (results.every(({ isPromised }) => isPromised)) return null;
  const { protocol, nodes, rogues } = options;
  const unpromised = results.filter(({ isPromised }) => !isPromised);
  const names = (verdict: Result['verdict']): string[] =>
    unpromised.filter((one) => one.verdict === verdict).map(({ attack }) => attack.name);
  const why =
    protocol === 'raft'
      ? 'Plain Raft bears crashes and promises nothing when somebody lies.'
      : `${counted(rogues, 'member')} of ${nodes} in one attacker's hands are more than f = ${faultsOf(protocol)(nodes)}: nothing is promised then.`;
  const [fell, held] = [names('fell'), names('held')];
  const saw =
    fell.length === 0
      ? 'Nothing fell this time, which proves nothing.'
      : `It fell to ${fell.join(', ')}.${held.length === 0 ? '' : ` Nothing was seen to break under ${held.join(', ')}.`}`;
  return `${why} ${saw}`;
}

/** `36 held, 1 broken`. */
export function sumText(results: readonly Result[]): string {
  const parts = VERDICTS.map((verdict) => {
    const count = results.filter((result) => result.verdict === verdict).length;
    return count === 0 ? '' : `${count} ${verdict}`;
  }).filter((part) => part !== '');
  return parts.length === 0 ? 'nothing was played' : parts.join(', ');
}

export interface GroupOf<T> {
  readonly group: Group;
  readonly members: readonly T[];
}

/** In the order in which groups first appear. */
export function grouped<T>(all: readonly T[], groupOf: (one: T) => Group): readonly GroupOf<T>[] {
  const groups = new Map<Group, T[]>();
  for (const one of all) {
    const members = groups.get(groupOf(one)) ?? [];
    groups.set(groupOf(one), members);
    members.push(one);
  }
  return [...groups].map(([group, members]) => ({ group, members }));
}

/** Lines of at most `width` characters, broken between words. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/u)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
