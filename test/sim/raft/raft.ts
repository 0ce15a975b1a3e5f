/** Plain Raft as the simulator runs it: nobody signs, who is asked is believed, and a majority decides. */
import { limits } from '../../../src/base/limits.ts';
import type { Signature } from '../../../src/consensus/model/ids.ts';
import { blockingSize, nobodyLies, quorumSize } from '../../../src/consensus/model/quorum.ts';
import type { RequestStatement } from '../../../src/consensus/model/request.ts';
import type { ReadStatement } from '../../../src/consensus/model/statement.ts';
import { coreOf } from '../../../src/consensus/raft/core.ts';
import type { RaftMessage } from '../../../src/consensus/raft/message.ts';
import { makeState } from '../../../src/consensus/raft/restore.ts';
import type { State } from '../../../src/consensus/raft/state.ts';
import { Keyring } from '../../../src/crypto/keyring.ts';
import { makeUnsigned, UNSIGNED, UnsignedChecks } from '../../../src/crypto/unsigned.ts';
import { Verifier } from '../../../src/crypto/verify.ts';
import { WhoeverAsked } from '../../../src/host/audience.ts';
import { Host } from '../../../src/host/host.ts';
import { raftWire } from '../../../src/host/raft.ts';
import { nativeDigest as digest } from '../../../src/node/native-crypto.ts';
import { encodeBody } from '../../../src/wire/body.ts';
import { encodeResults } from '../../../src/wire/client.ts';
import { encodeContent } from '../../../src/wire/payload.ts';
import type { Checker } from '../checkers/checker.ts';
import { Checkers } from '../checkers/checkers.ts';
import { Clocks } from '../checkers/clocks.ts';
import { Memory } from '../checkers/memory.ts';
import { Survival } from '../checkers/survival.ts';
import type { Grounds, Process, Running, SimProtocol } from '../protocol.ts';
import { watchCore } from '../watch.ts';
import { RaftConspiracy } from './adversary/conspiracy.ts';
import { AppendOnly } from './checkers/append-only.ts';
import { ElectionSafety } from './checkers/election-safety.ts';
import { LeaderCompleteness } from './checkers/leader-completeness.ts';
import { LogMatching } from './checkers/log-matching.ts';
import { raftBounds } from './checkers/memory-bounds.ts';
import { Promises } from './checkers/promises.ts';
import { Sometimes } from './checkers/sometimes.ts';
import { StateMachineSafety } from './checkers/state-machine-safety.ts';
import { livenessBoundMs } from './liveness.ts';

export class SimRaft implements SimProtocol {
  readonly conspiracy: RaftConspiracy;
  readonly checkers: Checkers<RaftMessage, State>;
  readonly believed: number;
  readonly #grounds: Grounds;

  constructor(grounds: Grounds) {
    const { nodeIds: voters } = grounds;
    this.#grounds = grounds;
    this.believed = blockingSize(voters.length, nobodyLies);
    this.conspiracy = new RaftConspiracy(grounds);
    const isBetrayed = this.conspiracy.ids.size > 0;
    this.checkers = new Checkers([
      new StateMachineSafety(),
      new Sometimes(),
      ...(isBetrayed ? [] : this.#ofHonestClusters()),
    ]);
  }

  /**
   * Why nothing breaks while nobody lies. Once somebody does, all of this is soon untrue, and what it leads to is of
   * interest: what the other checkers see.
   */
  #ofHonestClusters(): readonly Checker<RaftMessage, State>[] {
    const { genesis, nodeIds: voters } = this.#grounds;
    const { clients, parameters } = genesis.configuration;
    const bounds = raftBounds({
      voters: voters.length,
      clients: clients.length,
      capacityBytes: parameters.capacityBytes,
    });
    return [
      new Promises(),
      new ElectionSafety(),
      new AppendOnly(),
      new LogMatching(),
      new LeaderCompleteness(),
      new Survival({ voters, traitors: 0, quorum: quorumSize(voters.length, nobodyLies) }),
      // A leader's own clock, and never behind the log: no other clock is in it.
      new Clocks({ clockDriftMs: 0 }),
      new Memory(bounds),
    ];
  }

  /** What one liar does is shown of Raft as the paper has it. */
  get #responses(): 'leader' | 'all' {
    const { allHear, traitors } = this.#grounds.plan;
    return allHear && traitors.length === 0 ? 'all' : 'leader';
  }

  run({ options, place, recovered, watch, ...deps }: Process): Running {
    const { context, clock } = deps;
    const { naming } = context;
    const random = this.#grounds.random.fork();
    const state = makeState(
      {
        ...options,
        responses: this.#responses,
        eagerEntries: this.#grounds.plan.batchesWait ? limits.eagerEntries : limits.window,
        cacheEntries: this.#grounds.plan.cacheEntries,
      },
      { naming, encodeContent, random },
      recovered,
      clock.now(),
    );
    const checkers = watch.isWatched ? this.checkers : null;
    const honest = watchCore(coreOf(state), watch, checkers);
    const possession = this.conspiracy.possessionOf(place);
    const host = new Host<RaftMessage>(options, {
      ...deps,
      core: possession?.wrapCore(honest) ?? honest,
      links: possession?.wrapLinks(deps.links) ?? deps.links,
      wire: raftWire({ context }),
      verifier: this.makeVerifier(),
      signer: makeUnsigned({ self: options.self, digest }, { encodeBody }),
      audience: new WhoeverAsked(),
    });
    return {
      host,
      look: (status) => checkers?.looked(options.self, status, state),
      ended: () => possession?.ended(),
    };
  }

  makeVerifier(): Verifier {
    const { configuration, entry } = this.#grounds.genesis;
    const keyring = new Keyring({ configuration, genesis: entry });
    return new Verifier(new UnsignedChecks({ keyring, digest }), { encodeBody, encodeResults });
  }

  makeClientSigner(): (statement: RequestStatement | ReadStatement) => Signature {
    return () => UNSIGNED;
  }

  livenessBoundMs(): number {
    return livenessBoundMs(this.#grounds.genesis.configuration.parameters, this.#grounds.plan);
  }
}
