/** Where and when: the line without which no figure means anything. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {number} memoryGib
 * @property {string} system
 * @property {string} node
 * @property {string} commit of the working tree; `+` where it was changed since
 * @property {string} date ISO 8601
 * @property {number} loadAtStart the load average of one minute
 */

/** Above this per core, what else runs here is in every figure. */
const BUSY_PER_CORE = 0.3;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param {readonly string[]} args */
function git(args) {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function commit() {
  try {
    const changed = git(['status', '--porcelain', '--untracked-files=no']) !== '';
    return git(['rev-parse', '--short=10', 'HEAD']) + (changed ? '+' : '');
  } catch {
    return 'no git';
  }
}

/** @returns {Machine} */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    commit: commit(),
    date: new Date().toISOString(),
    loadAtStart: loadNow(),
  };
}

export function loadNow() {
  return loadavg()[0] ?? 0;
}

/** @param {Machine} machine @returns {string | null} */
export function busyWarning({ loadAtStart, cores }) {
  if (loadAtStart <= BUSY_PER_CORE * cores) return null;
  return `the machine was busy before the run (load average ${loadAtStart.toFixed(2)} on ${cores} cores): figures are worse than it can do`;
}

/** @param {Machine} machine @param {number} loadAtEnd */
export function machineLine(machine, loadAtEnd) {
  const { cpu, cores, memoryGib, system, node, date } = machine;
  const load = `load average ${machine.loadAtStart.toFixed(2)} at the start, ${loadAtEnd.toFixed(2)} at the end`;
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node}, commit ${machine.commit}, ${date.slice(0, 16).replace('T', ' ')} UTC, ${load}`;
}
