/** Linux's account of processes (proc(5)): what an attack makes honest nodes use. Elsewhere there is none. */
import {
  resetPeak,
  sampleEnded,
  sampleMachine,
  sampleProcess,
} from '../../../bench/machine/proc.mjs';

export interface Usage {
  readonly cpuUs: number;
  readonly peakBytes: number;
}

/** Of each process that is watched: CPU since it started, and the most memory since `reset`. */
export class Samples {
  readonly #pids: () => ReadonlyMap<string, number>;

  /** `pids`: a node that was started again has another. */
  constructor(pids: () => ReadonlyMap<string, number>) {
    this.#pids = pids;
  }

  reset(): void {
    for (const pid of this.#pids().values()) resetPeak(pid);
  }

  /** Those that live and can be read. */
  take(): ReadonlyMap<string, Usage> {
    const taken = new Map<string, Usage>();
    for (const [name, pid] of this.#pids()) {
      const sample = sampleProcess(pid);
      if (sample !== null) taken.set(name, { cpuUs: sample.cpuUs, peakBytes: sample.peakBytes });
    }
    return taken;
  }
}

/** Cores, of all that the machine has; null where nobody tells. */
export interface Cores {
  readonly all: number;
  /** Idle before the attack. */
  readonly idle: number | null;
  /** Idle during the attack. */
  readonly idleDuring: number | null;
  /** What the attacker used while it attacked, beyond what it used before. */
  readonly rogue: number | null;
}

/** At one moment, in microseconds of CPU since some beginning; null where nobody tells. */
export interface Reading {
  readonly atMs: number;
  /** All cores of the machine. */
  readonly busyUs: number | null;
  readonly attackerUs: number | null;
}

export function readingOf(attackerUs: number | null): Reading {
  return { atMs: performance.now(), busyUs: sampleMachine()?.busyUs ?? null, attackerUs };
}

/** Of the time before the attack, from `begin` to `attack`, and of the attack, from then to `end`. */
export function coresOf(all: number, begin: Reading, attack: Reading, end: Reading): Cores {
  const used = (of: 'busyUs' | 'attackerUs', from: Reading, to: Reading): number | null => {
    const [fromUs, toUs] = [from[of], to[of]];
    return fromUs === null || toUs === null
      ? null
      : (toUs - fromUs) / 1_000 / (to.atMs - from.atMs);
  };
  const idle = (from: Reading, to: Reading): number | null => {
    const busy = used('busyUs', from, to);
    return busy === null ? null : Math.max(0, all - busy);
  };
  const [before, during] = [used('attackerUs', begin, attack), used('attackerUs', attack, end)];
  return {
    all,
    idle: idle(begin, attack),
    idleDuring: idle(attack, end),
    rogue: before === null || during === null ? null : Math.max(0, during - before),
  };
}

/** Microseconds that ended children of this process used in all; 0 where nobody tells. */
export function endedUs(): number {
  return sampleEnded() ?? 0;
}

/** Microseconds that a process used since it started; null where it has ended, or nobody tells. */
export function cpuUsOf(pid: number): number | null {
  return sampleProcess(pid)?.cpuUs ?? null;
}
