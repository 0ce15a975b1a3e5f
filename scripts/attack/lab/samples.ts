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

/** Microseconds that all cores of the machine worked since it started; null where nobody tells. */
export function machineBusyUs(): number | null {
  return sampleMachine()?.busyUs ?? null;
}

/** Microseconds that ended children of this process used in all; 0 where nobody tells. */
export function endedUs(): number {
  return sampleEnded() ?? 0;
}

/** Microseconds that a process used since it started; null where it has ended, or nobody tells. */
export function cpuUsOf(pid: number): number | null {
  return sampleProcess(pid)?.cpuUs ?? null;
}
