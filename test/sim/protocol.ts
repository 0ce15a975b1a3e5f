/** What the simulator is given to run one protocol and not another; one for each run. */
import type { Random } from '../../src/base/random.ts';
import type { CoreStatus, Recovered } from '../../src/consensus/core.ts';
import type { ClientId, NodeId, Signature } from '../../src/consensus/model/ids.ts';
import type { RequestStatement } from '../../src/consensus/model/request.ts';
import type { ReadStatement } from '../../src/consensus/model/statement.ts';
import type { Verifier } from '../../src/crypto/verify.ts';
import type { HostDeps, HostOptions } from '../../src/host/parts.ts';
import type { AnyMessage, Protocol } from '../../src/host/protocol.ts';
import type { HostStatus } from '../../src/host/status.ts';
import type { AnyHost } from '../../src/node/protocols.ts';
import type { WireContext } from '../../src/wire/context.ts';
import type { Genesis } from '../../src/wire/genesis.ts';
import type { Watchers } from './checkers/checkers.ts';
import type { Network, Place } from './network.ts';
import type { Plan } from './plan.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';
import type { WatchDeps } from './watch.ts';

/** What is there before any node is. */
export interface Grounds {
  readonly plan: Plan;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly nodeIds: readonly NodeId[];
  /** 32 bytes (RFC 8032). */
  secretOf(node: NodeId): Uint8Array;
  clientSecret(client: ClientId): Uint8Array;
}

/** What a process brings that no protocol changes. */
export interface Process extends Omit<HostDeps<AnyMessage>, keyof Protocol<AnyMessage>> {
  readonly options: HostOptions;
  readonly place: Place;
  readonly recovered: Recovered;
  readonly watch: WatchDeps;
}

/** A process that runs. */
export interface Running {
  readonly host: AnyHost;
  /** Shows the checkers all that an honest node's core holds, beside what its host says of itself. */
  look(status: HostStatus): void;
  /** The process ended. */
  ended(): void;
}

/** The traitors of a run. */
export interface Conspirators {
  readonly ids: ReadonlySet<NodeId>;
  /** How often each attack did something. */
  readonly exercised: ReadonlyMap<string, number>;
  /** They listen. */
  join(network: Network): void;
}

export interface SimProtocol {
  readonly checkers: Watchers;
  readonly conspiracy: Conspirators;
  /** How many nodes must say the same before a client believes it (C3). */
  readonly believed: number;
  run(process: Process): Running;
  /** Of what nodes tell clients. */
  makeVerifier(): Verifier;
  /** How long a healed cluster may take to answer everything and stand equal; `honest`: what the nodes say of themselves. */
  livenessBoundMs(honest: readonly CoreStatus[]): number;
  makeClientSigner(client: ClientId): (statement: RequestStatement | ReadStatement) => Signature;
}
