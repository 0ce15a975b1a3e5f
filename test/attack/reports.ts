/** Reports made by hand, from rounds that were. */
import type { LabAttack } from '../../scripts/attack/attack.ts';
import { DEFAULTS } from '../../scripts/attack/arguments.ts';
import type { Round } from '../../scripts/attack/lab/round.ts';
import { resultOf } from '../../scripts/attack/lab/verdict.ts';
import type { Failure, Report, Result, RunOptions } from '../../scripts/attack/result/format.ts';
import { makeReport } from '../../scripts/attack/result/format.ts';

export const OPTIONS: RunOptions = { ...DEFAULTS, name: 'all', seed: 42 };

export interface Told {
  readonly options?: Partial<RunOptions>;
  readonly failures?: readonly Failure[];
}

export function aResult(
  attack: LabAttack,
  rounds: readonly Round[],
  { options = {}, failures = [] }: Told = {},
): Result {
  return resultOf({ ...OPTIONS, ...options, attack, rounds, failures });
}

export function aReport(results: readonly Result[], options: Partial<RunOptions> = {}): Report {
  return makeReport({
    machine: {
      cpu: 'Some Processor',
      cores: 2,
      memoryGib: 8,
      system: 'linux x64',
      node: '20.19.0',
      commit: '0123456789',
      date: '2026-01-02T03:04:05.678Z',
      loadAtStart: 0.1,
    },
    loadAtEnd: 1.5,
    ended: '2026-01-02T03:14:05.678Z',
    options: { ...OPTIONS, ...options },
    notes: [],
    results,
  });
}
