/** The process of a node that is put together as a rung of the ladder says: `node.mjs DIRECTORY RUNG`. */
import process from 'node:process';
import { makeLog } from '../../dist/node/log.js';
import { startNode } from '../../dist/node/node.js';
import { rungOf } from './rungs.mjs';

const [directory = '', rung = ''] = process.argv.slice(2);
const { compose } = rungOf(rung);
const node = await startNode({ directory }, { log: makeLog({ level: 'info' }), compose });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void node.stop());
await node.stopped;
