/** The rungs as subjects of the benchmark, in their order. */
import { startTangaroa } from '../cluster/tangaroa.mjs';
import { RUNGS } from './rungs.mjs';

/** Where a majority and a quorum are both three (`rungs.mjs`). */
const NODES = 4;
const PROGRAM = new URL('node.mjs', import.meta.url);
const DRIVER = new URL('driver.mjs', import.meta.url);

/** @type {readonly import('../contract.mjs').Subject[]} */
export const subjects = RUNGS.map(({ id, name, genesis }) => ({
  id: `${id}:${NODES}`,
  label: name,
  nodes: NODES,
  start: (directory, nodes, context) =>
    startTangaroa(
      directory,
      nodes,
      {
        protocol: genesis,
        program: PROGRAM,
        argsOf: (nodeDirectory) => [nodeDirectory, id],
        driver: DRIVER,
        hint: { rung: id },
      },
      context,
    ),
}));
