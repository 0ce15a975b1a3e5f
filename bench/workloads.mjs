/** The workloads: what is asked of a cluster, and how much of it at once. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatTick } from './text/format.mjs';

/** @typedef {import('./contract.mjs').Workload} Workload */
/** @typedef {import('./contract.mjs').Operation} Operation */

/** C2: the numbers of one client key that may be open at once. More in flight takes more keys. */
const WINDOW_OF_A_KEY = 256;
/** An open loop has to be able to fall behind without the session window holding it back. */
const OPEN_CLIENTS = 4;
const DATA = fileURLToPath(new URL('../../shared/data/debian-packages.jsonl', import.meta.url));

/** @param {number} inFlight */
const clientsFor = (inFlight) => Math.ceil(inFlight / WINDOW_OF_A_KEY);

/** @type {Readonly<Record<Operation, string>>} */
const OPERATIONS = {
  put: 'put',
  get: 'get, linearizable',
  'get-local': 'get, local',
  mixed: '95 % get, 5 % put, linearizable',
  import: 'import of a file',
  none: 'at rest',
};

/** @param {number} bytes */
const sizeOf = (bytes) => (bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} B`);

/** @param {Operation} operation @param {number} valueBytes */
function nameOf(operation, valueBytes) {
  return operation === 'put' ? `put ${sizeOf(valueBytes)}` : OPERATIONS[operation];
}

/** @param {Operation} operation @param {number} inFlight @param {number} valueBytes @returns {Workload} */
export function closed(operation, inFlight, valueBytes) {
  const name = nameOf(operation, valueBytes);
  return {
    id: `${operation}-${valueBytes}-${inFlight}`,
    label: `${name}, ${formatTick(inFlight)} in flight`,
    group: name,
    operation,
    loop: { type: 'closed', inFlight },
    clients: clientsFor(inFlight),
    valueBytes,
  };
}

/** @param {number} perSecond puts @param {number} valueBytes @returns {Workload} */
export function open(perSecond, valueBytes) {
  return {
    id: `put-${valueBytes}-open-${perSecond}`,
    label: `put ${sizeOf(valueBytes)}, ${formatTick(perSecond)} due each second`,
    group: `put ${sizeOf(valueBytes)}, open loop`,
    operation: 'put',
    loop: { type: 'open', perSecond },
    clients: OPEN_CLIENTS,
    valueBytes,
  };
}

/** @param {string} dataFile @returns {Workload} */
export function importOf(dataFile) {
  const inFlight = WINDOW_OF_A_KEY;
  return {
    ...closed('import', inFlight, 0),
    id: `import-${inFlight}`,
    dataFile,
  };
}

/** What a cluster takes that nobody asks for anything. @type {Workload} */
export const AT_REST = {
  id: 'rest',
  label: OPERATIONS.none,
  group: OPERATIONS.none,
  operation: 'none',
  loop: { type: 'rest' },
  clients: 1,
  valueBytes: 0,
};

/** @returns {string | null} the real data that lies beside this project, where it does */
export function dataBeside() {
  return existsSync(DATA) ? DATA : null;
}

/** @param {readonly Workload[]} workloads @returns {number} how many clients the largest needs */
export function clientsOf(workloads) {
  return Math.max(...workloads.map(({ clients }) => clients));
}
