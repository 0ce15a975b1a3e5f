import process from 'node:process';
import { expect, test } from 'vitest';
import {
  parseCpuUs,
  parseEndedUs,
  parseIo,
  parseMachineCpuUs,
  parseMemory,
  sampleMachine,
  sampleProcess,
} from '../../bench/machine/proc.mjs';

const STAT =
  '42 (a) b (c) S 1 42 42 0 -1 4194304 101 0 0 0 350 27 9 9 20 0 11 0 1149638 3133440 418';

test('CPU time is user and system time of the process itself, whatever its name', () => {
  expect(parseCpuUs(STAT)).toBe(3_770_000);
  expect(() => parseCpuUs('42 (node) S 1')).toThrow();
});

test('children that have ended are told apart', () => {
  expect(parseEndedUs(STAT)).toBe(180_000);
  expect(() => parseEndedUs('42 (node) S 1')).toThrow();
});

test('bytes written and bytes that reached the disk', () => {
  const io = 'rchar: 1\nwchar: 323934931\nsyscr: 2\nread_bytes: 3\nwrite_bytes: 323932160\n';
  expect(parseIo(io)).toEqual({ writtenBytes: 323_934_931, diskBytes: 323_932_160 });
  expect(() => parseIo('rchar: 1\n')).toThrow(/wchar/u);
});

test('memory comes in KiB', () => {
  const status = 'Name:\tnode\nVmPeak:\t  9 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n';
  expect(parseMemory(status)).toEqual({ rssBytes: 1_048_576, peakBytes: 2_097_152 });
});

test('of the machine, what programs used and what was stolen, not what was idle', () => {
  const stat = 'cpu  100 20 3 99999 50 7 8 4 0 0\ncpu0 1 1 1 1\n';
  expect(parseMachineCpuUs(stat)).toEqual({ busyUs: 1_230_000, stealUs: 40_000 });
  expect(() => parseMachineCpuUs('')).toThrow();
});

test('a process that has ended has no account', () => {
  expect(sampleProcess(2 ** 30)).toBeNull();
});

test.runIf(process.platform === 'linux')("Linux's own files are read", () => {
  expect(sampleProcess(process.pid)?.rssBytes).toBeGreaterThan(1_000_000);
  expect(sampleMachine()?.busyUs).toBeGreaterThan(0);
});
