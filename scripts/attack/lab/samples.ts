/** Linux's account of processes (proc(5)): what an attack makes honest nodes use. Elsewhere there is none. */
import { resetPeak, sampleMachine, sampleProcess } from '../../../bench/machine/proc.mjs';

export interface Usage {
  readonly cpuUs: number;
  readonly peakBytes: number;
}

/** Of each process that is watched: CPU since it started, and the most memory since `reset`. */
export class Samples {
  readonly #pids: ReadonlyMap<string, number>;

  constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids;
  }

  reset(): void {
    for (const pid of this.#pids.values()) resetPeak(pid);
  }

  /** Those that live and can be read. */
  take(): ReadonlyMap<string, Usage> {
    const taken = new Map<string, Usage>();
    for (const [name, pid] of this.#pids) {
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
