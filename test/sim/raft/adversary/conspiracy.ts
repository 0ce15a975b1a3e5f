/** The liars of a run of plain Raft. */
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { Possession } from '../../adversary/possession.ts';
import type { Network, Place } from '../../network.ts';
import { nodeAt } from '../../network.ts';
import type { Conspirators, Grounds } from '../../protocol.ts';
import { raftAttackOf } from './catalogue.ts';
import { Lore } from './lore.ts';
import { RaftTraitor, readRaft } from './traitor.ts';

export class RaftConspiracy implements Conspirators {
  readonly ids: ReadonlySet<NodeId>;
  readonly #grounds: Grounds;
  readonly #lore: Lore;
  readonly #traitors: ReadonlyMap<NodeId, RaftTraitor>;

  constructor(grounds: Grounds) {
    const { plan, nodeIds, genesis, context, scheduler, random, trace } = grounds;
    this.#grounds = grounds;
    this.#lore = new Lore(genesis.entry);
    this.#traitors = new Map(
      plan.traitors.map(({ node, attacks }) => {
        const id = nodeIds[node] as NodeId;
        const armed = attacks.map(({ name, trigger }) => ({ kind: raftAttackOf(name), trigger }));
        const traitor = new RaftTraitor(id, armed, {
          genesis,
          context,
          scheduler,
          lore: this.#lore,
          random: random.fork(),
          trace: (what) => trace.add(scheduler.nowMs, id, what),
        });
        return [id, traitor];
      }),
    );
    this.ids = new Set(this.#traitors.keys());
  }

  join(network: Network): void {
    if (this.ids.size > 0) network.tap = (from, to, frame) => this.#overhear(from, to, frame);
  }

  #overhear(from: Place, to: Place, frame: Uint8Array): void {
    const message = readRaft(frame, this.#grounds.context);
    if (message === null) return;
    // What a liar says tells nothing of what the others have.
    if (!this.ids.has(nodeAt(from))) this.#lore.learn(nodeAt(from), nodeAt(to), message);
    for (const traitor of this.#traitors.values()) traitor.overhear(nodeAt(from), to, message);
  }

  possessionOf(place: Place): Possession<RaftMessage> | null {
    return this.#traitors.get(nodeAt(place)) ?? null;
  }

  get exercised(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { exercised } of this.#traitors.values())
      for (const [name, count] of exercised) sums.set(name, (sums.get(name) ?? 0) + count);
    return sums;
  }
}
