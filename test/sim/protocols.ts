/** The protocols that the simulator runs, by name. */
import type { Grounds, SimProtocol } from './protocol.ts';
import { SimRaft } from './raft/raft.ts';
import { SimTangaroa } from './tangaroa.ts';

/** The one of the plan. */
export function makeProtocol(grounds: Grounds): SimProtocol {
  switch (grounds.plan.protocol) {
    case 'tangaroa':
      return new SimTangaroa(grounds);
    case 'raft':
      return new SimRaft(grounds);
  }
}
