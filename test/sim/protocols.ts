/** The protocols that the simulator runs, by name. */
import type { Grounds, SimProtocol } from './protocol.ts';
import { SimTangaroa } from './tangaroa.ts';

export function makeProtocol(grounds: Grounds): SimProtocol {
  return new SimTangaroa(grounds);
}
