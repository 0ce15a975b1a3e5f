/** What a seed may draw for each protocol: what its clusters are like, and what they are promised to stand. */
import type { Parameters } from '../../src/consensus/model/configuration.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import { faultsTolerated, nobodyLies } from '../../src/consensus/model/quorum.ts';
import type { Faults } from '../../src/consensus/model/quorum.ts';
import type { ProtocolName } from '../../src/wire/protocol.ts';
import { ATTACKS, TANGAROA_PLOTS } from './adversary/catalogue.ts';
import type { Arsenal } from './adversary/drawing.ts';
import { RAFT_ATTACKS, RAFT_PLOTS } from './raft/adversary/catalogue.ts';

export interface Character {
  readonly title: string;
  /** Numbers of nodes, each as often as it is drawn. */
  readonly sizes: readonly number[];
  readonly arsenal: Arsenal;
  readonly parameters: Parameters;
  /** The longest that a storm lasts, in seconds: one of these. */
  readonly storms: readonly number[];
  /** The longest that a client thinks between two requests: one of these. */
  readonly thinksMsMax: readonly number[];
  /** How many of so many nodes may lie. */
  readonly liars: Faults;
  /** Whether clients that break the rules are among those that it is promised to stand. */
  readonly hasRogueClients: boolean;
  /** Whether it outwaits a network that is slow for good: its timeouts grow. */
  readonly outwaits: boolean;
}

export const CHARACTERS: Readonly<Record<ProtocolName, Character>> = {
  tangaroa: {
    title: 'Tangaroa',
    sizes: [4, 4, 4, 4, 5, 7, 3, 1],
    parameters: DEFAULT_PARAMETERS,
    // Most are short: what is found is found early in one, and more of them are drawn.
    storms: [2, 4, 4, 6, 6, 10, 10, 20, 40],
    thinksMsMax: [60, 500, 1_500],
    arsenal: { attacks: ATTACKS, plots: TANGAROA_PLOTS, hasTwins: true },
    liars: faultsTolerated,
    hasRogueClients: true,
    outwaits: true,
  },
  raft: {
    title: 'Plain Raft',
    sizes: [3, 3, 3, 4, 5, 5, 7, 1],
    // Short, so that a storm has room for many elections.
    parameters: {
      ...DEFAULT_PARAMETERS,
      heartbeatIntervalMs: 100,
      electionTimeoutMs: 400,
      requestTimeoutMs: 600,
    },
    storms: [4, 6, 6, 10, 10, 20],
    thinksMsMax: [30, 60, 300],
    arsenal: { attacks: RAFT_ATTACKS, plots: RAFT_PLOTS, hasTwins: false },
    liars: nobodyLies,
    hasRogueClients: false,
    outwaits: false,
  },
};
