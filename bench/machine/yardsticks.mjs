/** What the machine can do by itself, once a round: tells whether it changed its speed under the rows. */
import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Long enough to see the disk's habits, short enough to be done every round. */
const YARDSTICK_MS = 500;

/** Appends of 4 KiB, each followed by fdatasync, one after the other. @param {string} directory on the disk in question */
function syncsPerSecond(directory) {
  const path = join(directory, 'sync-rate');
  const file = openSync(path, 'a');
  const block = Buffer.alloc(4096, 7);
  try {
    return ratePerSecond(() => {
      writeSync(file, block);
      fdatasyncSync(file);
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

function hashMibPerSecond() {
  const block = Buffer.alloc(2 ** 20, 7);
  return ratePerSecond(() => {
    createHash('sha256').update(block).digest();
  });
}

/** @param {() => void} work */
function ratePerSecond(work) {
  const started = performance.now();
  let count = 0;
  let now = started;
  while (now - started < YARDSTICK_MS) {
    work();
    count++;
    now = performance.now();
  }
  return count / ((now - started) / 1000);
}

/** @typedef {{ syncsPerSecond: number, hashMibPerSecond: number }} Yardsticks */

/** @param {string} directory @returns {Yardsticks} */
export function measureYardsticks(directory) {
  return { syncsPerSecond: syncsPerSecond(directory), hashMibPerSecond: hashMibPerSecond() };
}
