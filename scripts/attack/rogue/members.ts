/** Members in the attacker's hands, run for real: the project's own node with attacks around its core and its links. */
import { Random } from '../../../src/base/random.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Signer } from '../../../src/crypto/sign.ts';
import { makeSigner } from '../../../src/crypto/sign.ts';
import { messageOf } from '../../../src/host/failure.ts';
import { HaltedError } from '../../../src/node/log-errors.ts';
import { nativeDigest, nodeEd25519 } from '../../../src/node/native-crypto.ts';
import { startNode } from '../../../src/node/node.ts';
import { composeRaft, composeTangaroa } from '../../../src/node/protocols.ts';
import { encodeBody } from '../../../src/wire/body.ts';
import type { WireContext } from '../../../src/wire/context.ts';
import type { Genesis } from '../../../src/wire/genesis.ts';
import { namingOf } from '../../../src/wire/protocol.ts';
import type { AttackKind } from '../../../test/sim/adversary/attack.ts';
import { Mind } from '../../../test/sim/adversary/mind.ts';
import type { Timing } from '../../../test/sim/adversary/possessed.ts';
import { Traitor } from '../../../test/sim/adversary/traitor.ts';
import { Lore } from '../../../test/sim/raft/adversary/lore.ts';
import type { RaftAttackKind } from '../../../test/sim/raft/adversary/traitor.ts';
import { RaftTraitor, readRaft } from '../../../test/sim/raft/adversary/traitor.ts';
import type { MemberAttack } from '../attack.ts';
import { tapped } from './tapped.ts';
import type { Notes } from './witness.ts';

/** A member's data directory, and what it holds: the attacker has all of it. */
export interface Captured {
  readonly directory: string;
  readonly id: NodeId;
  readonly secretKey: Uint8Array;
}

export interface MembersDeps {
  readonly genesis: Genesis;
  readonly notes: Notes;
  /** Whether they attack now; otherwise they are as honest as anybody. */
  readonly isOn: () => boolean;
  readonly seed: number;
}

interface Member {
  readonly id: NodeId;
  readonly exercised: ReadonlyMap<string, number>;
  readonly compose: NonNullable<Parameters<typeof startNode>[1]['compose']>;
  /** Its node is gone: it says nothing until another runs. */
  readonly ended: () => void;
}

/** Until a node that fell over its own attack runs again. */
const RESTART_MS = 300;

const realTime: Timing = {
  get nowMs() {
    return performance.now();
  },
  after: (delayMs, run) => void setTimeout(run, delayMs),
};

export class Members {
  readonly #members: readonly Member[];
  readonly #captured: readonly Captured[];
  readonly #notes: Notes;

  constructor(captured: readonly Captured[], attack: MemberAttack, deps: MembersDeps) {
    this.#captured = captured;
    this.#notes = deps.notes;
    this.#members =
      deps.genesis.document.protocol === 'raft'
        ? raftMembers(captured, attack.raft ?? [], deps)
        : tangaroaMembers(captured, attack.tangaroa, deps);
  }

  async start(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#run(member)));
  }

  async #run(member: Member): Promise<void> {
    const { id, compose } = member;
    const { directory } = this.#captured.find((one) => one.id === id) as Captured;
    const node = await startNode({ directory }, { log: () => undefined, compose });
    node.stopped.catch((error: unknown) => this.#fell(member, error));
  }

  /**
   * Its honest half notices what no honest node can come to, such as a quorum that committed past what its leader
   * proposed, and stops. The attacker starts it again; where it holds proof that the log has forked it never does.
   */
  #fell(member: Member, error: unknown): void {
    const { id, ended } = member;
    ended();
    this.#notes.say(`${id} fell over its own attack: ${messageOf(error)}`);
    if (error instanceof HaltedError)
      return this.#notes.say(`${id} has halted, and is gone for good`);
    setTimeout(() => void this.#again(member), RESTART_MS).unref();
  }

  async #again(member: Member): Promise<void> {
    try {
      await this.#run(member);
      this.#notes.say(`${member.id} runs again`);
    } catch (error) {
      this.#notes.say(`${member.id} does not start again: ${messageOf(error)}`);
    }
  }

  /** What the attacks did goes to the notes. */
  tell(): void {
    for (const { exercised } of this.#members)
      for (const [name, times] of exercised) this.#notes.did(name, times);
  }
}

function contextOf({ clusterId, document }: Genesis): WireContext {
  return { clusterId, digest: nativeDigest, naming: namingOf(document.protocol, nativeDigest) };
}

function signerOf({ id, secretKey }: Captured, { clusterId }: Genesis): Signer {
  const options = { self: id, secretKey, clusterId, digest: nativeDigest };
  return makeSigner(options, { ed25519: nodeEd25519(), encodeBody });
}

function armed<K>(kinds: readonly K[], isOn: () => boolean) {
  return kinds.map((kind) => ({ kind, trigger: { type: 'switch', isOn } as const }));
}

/** They share a mind: what one hears all know, and each may sign for every other. */
function tangaroaMembers(
  captured: readonly Captured[],
  kinds: readonly AttackKind[],
  { genesis, notes, isOn, seed }: MembersDeps,
): readonly Member[] {
  const random = new Random(seed);
  const mind = new Mind({
    genesis,
    context: contextOf(genesis),
    random: random.fork(),
    signers: new Map(captured.map((one) => [one.id, signerOf(one, genesis)])),
  });
  return captured.map(({ id }) => {
    const traitor = new Traitor(id, armed(kinds, isOn), {
      mind,
      scheduler: realTime,
      random: random.fork(),
      trace: (what) => notes.say(`${id}: ${what}`),
    });
    return {
      id,
      exercised: traitor.exercised,
      ended: () => traitor.ended(),
      compose: (data, ed25519) =>
        tapped(
          composeTangaroa(data, ed25519, (honest) => ({
            ...honest,
            core: traitor.wrapCore(honest.core),
          })),
          {
            heard: (from, frame) => mind.overhear(from, id, frame),
            said: (to, frame) => mind.overhear(id, to, frame),
            wrap: (links) => traitor.wrapLinks(links),
          },
        ),
    };
  });
}

function raftMembers(
  captured: readonly Captured[],
  kinds: readonly RaftAttackKind[],
  { genesis, notes, isOn, seed }: MembersDeps,
): readonly Member[] {
  const random = new Random(seed);
  const context = contextOf(genesis);
  const lore = new Lore(genesis.entry);
  const ids = new Set(captured.map(({ id }) => id));
  return captured.map(({ id }) => {
    const traitor = new RaftTraitor(id, armed(kinds, isOn), {
      genesis,
      context,
      lore,
      scheduler: realTime,
      random: random.fork(),
      trace: (what) => notes.say(`${id}: ${what}`),
    });
    return {
      id,
      exercised: traitor.exercised,
      ended: () => traitor.ended(),
      compose: (data) =>
        tapped(
          composeRaft(data, (honest) => ({ ...honest, core: traitor.wrapCore(honest.core) })),
          {
            heard: (from, frame) => {
              const message = readRaft(frame, context);
              if (message === null) return;
              if (!ids.has(from)) lore.learn(from, id, message);
              traitor.overhear(from, id, message);
            },
            // What a liar says tells nothing of what the others have.
            said: () => undefined,
            wrap: (links) => traitor.wrapLinks(links),
          },
        ),
    };
  });
}
