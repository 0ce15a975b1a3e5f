/** What the disk under the nodes can do by itself: the measure of every synced write. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { summarize } from './statistics.mjs';

/**
 * Appends of 4 KiB, each followed by fdatasync, one after the other.
 *
 * @param {string} directory on the disk in question
 * @param {number} seconds
 */
export function measureDisk(directory, seconds) {
  const path = join(directory, 'sync-rate');
  const file = openSync(path, 'a');
  const block = Buffer.alloc(4096, 7);
  /** @type {number[]} */
  const latencies = [];
  const started = performance.now();
  let now = started;
  while (now - started < seconds * 1000) {
    writeSync(file, block);
    fdatasyncSync(file);
    const after = performance.now();
    latencies.push(after - now);
    now = after;
  }
  closeSync(file);
  rmSync(path);
  return summarize(latencies, (now - started) / 1000);
}
