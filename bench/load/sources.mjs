/** Which operation comes next. Keys and values are the same in every run: they come from the operation's number. */
import { readFileSync } from 'node:fs';

/** @typedef {import('../contract.mjs').DriverClient} DriverClient */
/** @typedef {(client: DriverClient) => Promise<unknown>} Call rejects also where the answer is not what it must be */
/** @typedef {{ next: () => Call | null }} Source */

/** Keys that are read were all written before (`everyKey`). */
export const KEYS = 4_096;
const READ_SHARE = 0.95;
const POOL_BYTES = 1 << 20;

/** Values of one size share their keys, so that a read knows how long its answer is. @param {number} valueBytes @param {number} at */
const keyOf = (valueBytes, at) => `bench/${valueBytes}/${at % KEYS}`;

/** xorshift32: quick, and good enough to choose keys. @param {number} seed not 0 */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Bytes that do not compress, one view after the other of a pool. @param {number} valueBytes */
function values(valueBytes) {
  const pool = new Uint8Array(POOL_BYTES + valueBytes);
  const random = numbers(0x9e3779b9);
  for (let at = 0; at < pool.length; at++) pool[at] = random();
  return () => {
    const from = random() % POOL_BYTES;
    return pool.subarray(from, from + valueBytes);
  };
}

/** @param {string} key @param {number} valueBytes @param {'get' | 'getLocal'} how @returns {Call} */
function read(key, valueBytes, how) {
  return async (client) => {
    const length = await client[how](key);
    if (length !== valueBytes) throw new Error(`${key} has ${length} bytes, not ${valueBytes}`);
  };
}

/** @param {string} file JSON lines @returns {{ key: string, value: string }[]} */
function readRecords(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => /** @type {{ key: string, value: string }} */ (JSON.parse(line)));
}

/** @param {string} file @returns {Source} each record once */
function importSource(file) {
  const text = new TextEncoder();
  const records = readRecords(file).map(({ key, value }) => ({ key, value: text.encode(value) }));
  let at = 0;
  return {
    next() {
      const record = records[at++];
      return record === undefined ? null : (client) => client.put(record.key, record.value);
    },
  };
}

/** Every key once, so that reads find what they ask for. @param {number} valueBytes @returns {Source} */
export function everyKey(valueBytes) {
  const value = values(valueBytes);
  let at = 0;
  return { next: () => (at < KEYS ? write(keyOf(valueBytes, at++), value()) : null) };
}

/** @param {string} key @param {Uint8Array} value @returns {Call} */
function write(key, value) {
  return (client) => client.put(key, value);
}

/** @param {Pick<import('../contract.mjs').Workload, 'operation' | 'valueBytes' | 'dataFile'>} workload @returns {Source} */
export function sourceOf({ operation, valueBytes, dataFile = '' }) {
  const value = values(valueBytes);
  const random = numbers(0x2545f491);
  const readsBelow = READ_SHARE * 2 ** 32;
  let at = 0;
  switch (operation) {
    case 'put':
      return { next: () => write(keyOf(valueBytes, at++), value()) };
    case 'get':
      return { next: () => read(keyOf(valueBytes, random()), valueBytes, 'get') };
    case 'get-local':
      return { next: () => read(keyOf(valueBytes, random()), valueBytes, 'getLocal') };
    case 'mixed':
      return {
        next: () =>
          random() < readsBelow
            ? read(keyOf(valueBytes, random()), valueBytes, 'get')
            : write(keyOf(valueBytes, random()), value()),
      };
    case 'import':
      return importSource(dataFile);
    case 'none':
      return { next: () => null };
  }
}
