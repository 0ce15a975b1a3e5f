/** The stretch of time that is measured: what was acknowledged in it, and what all processes used meanwhile. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarizeLatency } from '../figures/statistics.mjs';
import { resetPeak, sampleMachine, sampleProcess } from '../machine/proc.mjs';

/** @typedef {import('../contract.mjs').Driver} Driver */
/** @typedef {import('../contract.mjs').NodeCounts} NodeCounts */
/** @typedef {Readonly<Record<string, NodeCounts>>} Counts */

/**
 * @typedef {object} ProcessUse what one process used; null where nobody tells
 * @property {string} name
 * @property {'node' | 'load'} role
 * @property {boolean} leads at the end
 * @property {number | null} cpuUs
 * @property {number | null} writtenBytes
 * @property {number | null} diskBytes
 * @property {number | null} rssBytes
 * @property {number | null} peakBytes
 * @property {number | null} loopDelayMs
 * @property {Readonly<Record<string, number>> | null} counters
 */

/**
 * @typedef {object} Measurement one row in one round
 * @property {number} seconds
 * @property {number} operations acknowledged in them
 * @property {number} perSecond
 * @property {number} failed
 * @property {string | null} failure what the first that failed said
 * @property {import('../figures/statistics.mjs').Latency | null} latency null where nothing was asked for
 * @property {{ unanswered: number, due: number, latenessP99Ms: number } | null} open
 * @property {readonly ProcessUse[]} processes
 * @property {number} terms how often the term changed
 * @property {number | null} othersCores
 * @property {number | null} stealCores
 */

/** @typedef {{ atMs: number, machine: ReturnType<typeof sampleMachine>, counts: Promise<Counts>, samples: Map<string, ReturnType<typeof sampleProcess>>, load: ReturnType<typeof sampleProcess>, loadCpuUs: number }} Mark */

const cpuOfLoad = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

export class Window {
  #driver;
  #processes;
  /** @type {Mark | null} */
  #from = null;
  /** @type {Mark | null} */
  #to = null;
  /** @type {number[]} */
  #latencies = [];
  #operations = 0;
  #failed = 0;
  /** @type {string | null} */
  #failure = null;
  #isRest = false;

  /** @param {Driver} driver @param {readonly import('../contract.mjs').Proc[]} processes */
  constructor(driver, processes) {
    this.#driver = driver;
    this.#processes = processes;
  }

  get isOpen() {
    return this.#from !== null && this.#to === null;
  }

  get isOver() {
    return this.#to !== null;
  }

  /** When it began, by `performance.now()`; Infinity before. */
  get fromMs() {
    return this.#from?.atMs ?? Infinity;
  }

  get toMs() {
    return this.#to?.atMs ?? Infinity;
  }

  begin() {
    for (const { pid } of this.#processes) resetPeak(pid);
    this.#from = this.#mark();
  }

  end() {
    this.#to = this.#mark();
  }

  /** A window without operations is what was wanted. */
  expectNothing() {
    this.#isRest = true;
  }

  /** Resolves when at least one operation was acknowledged, or after so long. @param {number} ms */
  async something(ms) {
    const untilMs = performance.now() + ms;
    while (this.#operations === 0 && !this.#isRest && performance.now() < untilMs) await sleep(10);
  }

  /** Operations that were acknowledged within. */
  acknowledged() {
    this.#operations++;
  }

  /** @param {number} latencyMs */
  record(latencyMs) {
    this.#latencies.push(latencyMs);
  }

  /** @param {unknown} error */
  failed(error) {
    this.#failed++;
    this.#failure ??= error instanceof Error ? error.message : String(error);
  }

  /** @returns {Mark} */
  #mark() {
    const samples = new Map(this.#processes.map(({ name, pid }) => [name, sampleProcess(pid)]));
    const load = sampleProcess(process.pid);
    const loadCpuUs = cpuOfLoad();
    const counts = this.#driver.counts();
    return { samples, load, loadCpuUs, counts, machine: sampleMachine(), atMs: performance.now() };
  }

  /** @param {Measurement['open']} open @returns {Promise<Measurement>} @throws where nothing was acknowledged */
  async result(open = null) {
    const [from, to] = [this.#from, this.#to];
    if (from === null || to === null) throw new Error('the window was not opened and closed');
    const seconds = (to.atMs - from.atMs) / 1000;
    if (this.#operations === 0 && !this.#isRest) {
      const why = this.#failure === null ? '' : `: ${this.#failure}`;
      throw new Error(`nothing was acknowledged within ${seconds.toFixed(1)} s${why}`);
    }
    const [before, after] = [await from.counts, await to.counts];
    const processes = [...this.#nodes(from, to, before, after), loadUse(from, to)];
    const cores = machineCores(from, to, processes, seconds);
    return {
      seconds,
      operations: this.#operations,
      perSecond: this.#operations / seconds,
      failed: this.#failed,
      failure: this.#failure,
      latency: this.#latencies.length === 0 ? null : summarizeLatency(this.#latencies),
      open,
      processes,
      terms: termChanges(before, after),
      ...cores,
    };
  }

  /** @param {Mark} from @param {Mark} to @param {Counts} before @param {Counts} after @returns {ProcessUse[]} */
  #nodes(from, to, before, after) {
    return this.#processes.map(({ name }) => {
      const [a, b] = [from.samples.get(name) ?? null, to.samples.get(name) ?? null];
      return {
        name,
        role: 'node',
        leads: after[name]?.leader === name,
        ...used(a, b),
        loopDelayMs: null,
        counters: countersBetween(before[name], after[name]),
      };
    });
  }
}

/** @param {ReturnType<typeof sampleProcess>} from @param {ReturnType<typeof sampleProcess>} to */
function used(from, to) {
  return {
    cpuUs: from && to && to.cpuUs - from.cpuUs,
    writtenBytes: from && to && to.writtenBytes - from.writtenBytes,
    diskBytes: from && to && to.diskBytes - from.diskBytes,
    rssBytes: to && to.rssBytes,
    peakBytes: to && to.peakBytes,
  };
}

/** @param {Mark} from @param {Mark} to @returns {ProcessUse} */
function loadUse(from, to) {
  return {
    name: 'load',
    role: 'load',
    leads: false,
    ...used(from.load, to.load),
    cpuUs: to.loadCpuUs - from.loadCpuUs,
    loopDelayMs: null,
    counters: null,
  };
}

/** @param {NodeCounts | undefined} before @param {NodeCounts | undefined} after */
function countersBetween(before, after) {
  if (before === undefined || after === undefined) return null;
  return Object.fromEntries(
    Object.entries(after.counters).map(([name, value]) => [
      name,
      value - (before.counters[name] ?? 0),
    ]),
  );
}

/** @param {Counts} before @param {Counts} after */
function termChanges(before, after) {
  /** @param {Counts} counts */
  const highest = (counts) => Math.max(0, ...Object.values(counts).map(({ term }) => term));
  return Math.max(0, highest(after) - highest(before));
}

/** @param {Mark} from @param {Mark} to @param {readonly ProcessUse[]} processes @param {number} seconds */
function machineCores(from, to, processes, seconds) {
  if (from.machine === null || to.machine === null) return { othersCores: null, stealCores: null };
  const ours = processes.reduce((sum, { cpuUs }) => sum + (cpuUs ?? 0), 0);
  const busy = to.machine.busyUs - from.machine.busyUs;
  const steal = to.machine.stealUs - from.machine.stealUs;
  // Both accounts go in hundredths of a second, so what is left may be a little below nothing.
  return {
    othersCores: Math.max(0, busy - ours) / 1e6 / seconds,
    stealCores: steal / 1e6 / seconds,
  };
}
