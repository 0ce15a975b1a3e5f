/** What can be measured, by name: `tangaroa:4`, `raft:3`, `etcd:3`. */
import { startEtcd } from './etcd.mjs';
import { startTangaroa } from './tangaroa.mjs';

/** @typedef {import('../contract.mjs').Subject} Subject */

/** @type {Readonly<Record<string, { label: string, start: Subject['start'] }>>} */
const SYSTEMS = {
  tangaroa: {
    label: 'Tangaroa',
    start: (directory, nodes, context) =>
      startTangaroa(directory, nodes, { protocol: 'tangaroa' }, context),
  },
  raft: {
    label: 'plain Raft',
    start: (directory, nodes, context) =>
      startTangaroa(directory, nodes, { protocol: 'raft' }, context),
  },
  etcd: { label: 'etcd', start: startEtcd },
};

const NODES_MAX = 64;

/** @param {string} text @returns {Subject} @throws RangeError that says what is wrong */
export function parseSubject(text) {
  const [name = '', count = '', ...rest] = text.split(':');
  const system = Object.hasOwn(SYSTEMS, name) ? SYSTEMS[name] : undefined;
  const nodes = Number(count);
  if (system === undefined || rest.length > 0)
    throw new RangeError(
      `'${text}' is not a subject: name:nodes, where name is ${Object.keys(SYSTEMS).join(', ')}`,
    );
  if (!/^\d+$/u.test(count) || nodes < 1 || nodes > NODES_MAX)
    throw new RangeError(`'${text}': between 1 and ${NODES_MAX} nodes`);
  return {
    id: text,
    label: `${system.label}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    nodes,
    start: system.start,
  };
}
