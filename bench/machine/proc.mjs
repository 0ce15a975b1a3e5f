/** Linux's account of processes and of the whole machine (proc(5)). Elsewhere there is none, and figures are left out. */
import { readFileSync, writeFileSync } from 'node:fs';

/** USER_HZ: what the kernel tells programs, 100 on every architecture that Node runs on. */
const TICK_US = 10_000;

/**
 * User and system time of all threads.
 *
 * @param {string} text of /proc/PID/stat
 * @returns {number} microseconds, in steps of a hundredth of a second
 */
export function parseCpuUs(text) {
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (!Number.isInteger(user) || !Number.isInteger(system)) throw new Error('not a stat of /proc');
  return (user + system) * TICK_US;
}

/**
 * Of the children that have ended, and theirs.
 *
 * @param {string} text of /proc/PID/stat
 */
export function parseEndedUs(text) {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[13]), Number(fields[14])];
  if (!Number.isInteger(user) || !Number.isInteger(system)) throw new Error('not a stat of /proc');
  return (user + system) * TICK_US;
}

/** @param {string} text of /proc/PID/io */
export function parseIo(text) {
  return { writtenBytes: lineOf(text, 'wchar'), diskBytes: lineOf(text, 'write_bytes') };
}

/** @param {string} text of /proc/PID/status, in KiB there */
export function parseMemory(text) {
  return { rssBytes: lineOf(text, 'VmRSS') * 1024, peakBytes: lineOf(text, 'VmHWM') * 1024 };
}

/**
 * Of all cores together: what programs used, and what the hypervisor kept.
 *
 * @param {string} text of /proc/stat
 */
export function parseMachineCpuUs(text) {
  const [, user, nice, system, , , , , steal] = (text.split('\n', 1)[0] ?? '')
    .split(/\s+/u)
    .map(Number);
  const busy = [user, nice, system].map((ticks) => ticks ?? NaN);
  const ticks = busy.reduce((a, b) => a + b, 0);
  if (Number.isNaN(ticks)) throw new Error('not the stat of a machine');
  return { busyUs: ticks * TICK_US, stealUs: (steal ?? 0) * TICK_US };
}

/** @param {string} text @param {string} name @returns {number} */
function lineOf(text, name) {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, 'mu').exec(text);
  if (found === null) throw new Error(`/proc does not tell ${name}`);
  return Number(found[1]);
}

/** @typedef {{ cpuUs: number, writtenBytes: number, diskBytes: number, rssBytes: number, peakBytes: number }} ProcSample */

/** @param {number} pid @returns {ProcSample | null} null where the process has ended, or this is not Linux */
export function sampleProcess(pid) {
  try {
    /** @param {string} name */
    const read = (name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
    return {
      cpuUs: parseCpuUs(read('stat')),
      ...parseIo(read('io')),
      ...parseMemory(read('status')),
    };
  } catch {
    return null;
  }
}

/** What ended children of this process used, in microseconds. @returns {number | null} */
export function sampleEnded() {
  try {
    return parseEndedUs(readFileSync('/proc/self/stat', 'utf8'));
  } catch {
    return null;
  }
}

/** @returns {{ busyUs: number, stealUs: number } | null} */
export function sampleMachine() {
  try {
    return parseMachineCpuUs(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return null;
  }
}

/** Makes VmHWM start anew (proc(5), clear_refs). @param {number} pid */
export function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Not Linux, or a kernel without it: then the peak is that since the process started.
  }
}
