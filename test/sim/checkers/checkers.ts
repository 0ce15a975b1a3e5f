/** Every checker of a run, and who they are asked for by name. What happens is told to each of them in turn. */
import type { CoreStatus, Now, Recovered, StoreRecord } from '../../../src/consensus/core.ts';
import type { Configuration } from '../../../src/consensus/model/configuration.ts';
import type { Entry } from '../../../src/consensus/model/entry.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../../src/consensus/model/message.ts';
import { quorumSize } from '../../../src/consensus/model/quorum.ts';
import type { State } from '../../../src/consensus/tangaroa/state.ts';
import type { Verifier } from '../../../src/crypto/verify.ts';
import type { HostStatus } from '../../../src/host/status.ts';
import { Agreement } from './agreement.ts';
import { Certificates } from './certificates.ts';
import type { Applied, Checker } from './checker.ts';
import { Clocks } from './clocks.ts';
import { Convictions } from './convictions.ts';
import { Equivocation } from './equivocation.ts';
import { ExactlyOnce } from './exactly-once.ts';
import { Linearizable } from './linearizable.ts';
import { LocalReads } from './local-reads.ts';
import { Memory } from './memory.ts';
import { Promises } from './promises.ts';
import { Sessions } from './sessions.ts';
import { EqualState } from './state.ts';
import { Survival } from './survival.ts';
import { Terms } from './terms.ts';

export interface CheckersDeps {
  readonly isHonest: (node: NodeId) => boolean;
  /** Of an outsider: it has the genesis, and the keys in it. */
  readonly outsider: Verifier;
  readonly configuration: Configuration;
}

export class Checkers implements Checker {
  readonly name = 'all';
  readonly agreement = new Agreement();
  readonly exactlyOnce = new ExactlyOnce();
  readonly linearizable = new Linearizable();
  readonly sessions = new Sessions();
  readonly localReads = new LocalReads();
  readonly certificates: Certificates;
  readonly convictions: Convictions;
  readonly #all: readonly Checker[];

  constructor({ isHonest, outsider, configuration }: CheckersDeps) {
    const voters = configuration.members.map(({ id }) => id);
    const traitors = voters.filter((id) => !isHonest(id)).length;
    this.certificates = new Certificates(outsider);
    this.convictions = new Convictions(isHonest);
    this.#all = [
      this.agreement,
      new EqualState(),
      this.certificates,
      this.convictions,
      new Equivocation({ voters }),
      new Survival({ voters, traitors, quorum: quorumSize(voters.length) }),
      new Memory({
        voters: voters.length,
        clients: configuration.clients.length,
        capacityBytes: configuration.parameters.capacityBytes,
      }),
      new Clocks(configuration.parameters),
      new Promises(isHonest),
      new Terms({ voters: voters.length }),
      this.exactlyOnce,
      this.sessions,
      this.localReads,
      this.linearizable,
    ];
  }

  started(node: NodeId, recovered: Recovered): void {
    for (const checker of this.#all) checker.started?.(node, recovered);
  }

  ended(node: NodeId): void {
    for (const checker of this.#all) checker.ended?.(node);
  }

  storing(node: NodeId, records: readonly StoreRecord[]): void {
    for (const checker of this.#all) checker.storing?.(node, records);
  }

  stored(node: NodeId, records: readonly StoreRecord[]): void {
    for (const checker of this.#all) checker.stored?.(node, records);
  }

  applied(node: NodeId, applied: Applied): void {
    for (const checker of this.#all) checker.applied?.(node, applied);
  }

  stepped(node: NodeId, now: Now): void {
    for (const checker of this.#all) checker.stepped?.(node, now);
  }

  received(node: NodeId, from: NodeId, message: PeerMessage, status: CoreStatus): void {
    for (const checker of this.#all) checker.received?.(node, from, message, status);
  }

  committed(node: NodeId, entries: readonly Entry[]): void {
    for (const checker of this.#all) checker.committed?.(node, entries);
  }

  looked(node: NodeId, status: HostStatus, state: State): void {
    for (const checker of this.#all) checker.looked?.(node, status, state);
  }

  finished(): void {
    for (const checker of this.#all) checker.finished?.();
  }
}
