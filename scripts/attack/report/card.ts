/** One attack on the page: what it tries, what holds, the curve, and what came of it. */
import { element } from '../../../bench/html/svg.mjs';
import type { Markup } from '../../../bench/html/svg.mjs';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import type { Result, RunOptions } from '../result/format.ts';
import { roundCommand } from './command.ts';
import { throughputChart } from './curve.ts';
import { detailsOf } from './details.ts';
import { badge } from './style.ts';
import { counted, labelOf, mebibytes, percent, whole } from './words.ts';

export interface Subject {
  readonly attack: Result['attack'];
  readonly told: readonly {
    readonly protocol: ProtocolName;
    readonly options: RunOptions;
    readonly result: Result;
  }[];
}

export function attackCard({ attack, told }: Subject): Markup {
  const chart = throughputChart(attack.name, told);
  return element('section', { id: attack.name, class: 'attack' }, [
    element('h3', {}, [attack.name, element('span', { class: 'by' }, `by ${BY[attack.by]}`)]),
    element('dl', { class: 'claims' }, [
      element('dt', {}, 'tries'),
      element('dd', {}, attack.tries),
      element('dt', {}, 'holds'),
      element('dd', {}, attack.holds),
    ]),
    ...(chart === null ? [] : [{ markup: chart }]),
    element('div', { class: 'outcomes' }, told.map(outcome)),
  ]);
}

const BY: Readonly<Record<Result['attack']['by'], string>> = {
  leader: 'a member that leads',
  follower: 'a member that follows',
  outsider: 'somebody with a network',
  disk: "somebody at a member's disk",
};

function outcome({ protocol, options, result }: Subject['told'][number]): Markup {
  const { verdict, reasons, rounds, isPromised } = result;
  const unpromised = isPromised ? [] : [element('span', { class: 'by' }, 'nothing is promised')];
  return element('div', { class: 'outcome' }, [
    element('h4', {}, [labelOf(protocol), badge(verdict), ...unpromised]),
    ...(reasons.length === 0
      ? []
      : [
          element(
            'ul',
            { class: 'reasons' },
            reasons.map((reason) => element('li', {}, reason)),
          ),
        ]),
    element(
      'dl',
      { class: 'figures' },
      figuresOf(result).flatMap(([name, value]) => [
        element('dt', {}, name),
        element('dd', {}, value),
      ]),
    ),
    ...rounds.map((round, at) =>
      element('details', {}, [
        element('summary', {}, `round ${at + 1}, seed ${round.seed}`),
        element(
          'ul',
          {},
          detailsOf(round).map((line) => element('li', {}, line)),
        ),
        element('code', {}, roundCommand(options, result.attack.name, round.seed)),
      ]),
    ),
  ]);
}

function figuresOf({ medians, evidence, rogues }: Result): readonly (readonly [string, string])[] {
  if (medians === null) return [];
  const { before, during, after, taken, displaced, p99BeforeMs, p99DuringMs } = medians;
  const against = evidence.map(
    ({ culprit, holders, honest, pieces }) =>
      `${culprit}: held by ${holders} of ${honest} honest nodes, ${counted(pieces, 'piece')}`,
  );
  return [
    ['operations/s', `${whole(before)} before, ${whole(during)} during, ${whole(after)} after`],
    [
      'taken',
      `${percent(taken)}, of it ${percent(displaced)} by the attacker's CPU on this machine`,
    ],
    ['p99', `${whole(p99BeforeMs)} ms before, ${whole(p99DuringMs)} ms during`],
    ['longest gap', `${whole(medians.gapMs)} ms`],
    ['memory', `${mebibytes(medians.peakBytes)} MiB at most, of an honest node`],
    ['rogues', rogues === 0 ? 'no member' : counted(rogues, 'member')],
    ['evidence', against.length === 0 ? 'none' : `against ${against.join('; ')}`],
  ];
}
