/** One of plain Raft's nodes in a liar's hands. It has no keys to guard: what it says, others believe. */
import type { Random } from '../../../../src/base/random.ts';
import { utf8 } from '../../../../src/base/bytes.ts';
import type { Entry } from '../../../../src/consensus/model/entry.ts';
import { nameEntry } from '../../../../src/consensus/model/entry.ts';
import type { ClientId, LogIndex, NodeId, Term } from '../../../../src/consensus/model/ids.ts';
import { nobodyLies, quorumSize } from '../../../../src/consensus/model/quorum.ts';
import type { ClientRequest } from '../../../../src/consensus/model/request.ts';
import type { Mark } from '../../../../src/consensus/raft/log.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import { UNSIGNED } from '../../../../src/crypto/unsigned.ts';
import type { Command } from '../../../../src/machine/command.ts';
import { encodeCommand } from '../../../../src/machine/command.ts';
import type { WireContext } from '../../../../src/wire/context.ts';
import type { Genesis } from '../../../../src/wire/genesis.ts';
import { encodeContent } from '../../../../src/wire/payload.ts';
import { decodeRaftMessage, encodeRaftMessage } from '../../../../src/wire/raft.ts';
import { encodeCommands, makeRequest } from '../../../../src/wire/request.ts';
import type { Armament, AttackKind } from '../../adversary/attack.ts';
import { Possessed } from '../../adversary/possessed.ts';
import type { Timing } from '../../adversary/possessed.ts';
import type { Lore } from './lore.ts';

export type RaftAttackKind = AttackKind<RaftMessage, RaftTraitor>;

export interface RaftTraitorDeps {
  readonly genesis: Genesis;
  readonly context: WireContext;
  readonly lore: Lore;
  readonly scheduler: Timing;
  readonly random: Random;
  readonly trace: (what: string) => void;
}

export class RaftTraitor extends Possessed<RaftMessage, RaftTraitor> {
  readonly genesis: Genesis;
  readonly lore: Lore;
  readonly others: readonly NodeId[];
  readonly clients: readonly ClientId[];
  readonly majority: number;
  readonly context: WireContext;

  constructor(
    id: NodeId,
    attacks: readonly Armament<RaftMessage, RaftTraitor>[],
    { genesis, lore, ...deps }: RaftTraitorDeps,
  ) {
    super(id, {
      ...deps,
      encode: encodeRaftMessage,
      read: (frame) => readRaft(frame, deps.context),
    });
    const { members, clients } = genesis.configuration;
    this.genesis = genesis;
    this.lore = lore;
    this.context = deps.context;
    this.others = members.map((member) => member.id).filter((other) => other !== id);
    this.clients = clients.map((client) => client.id);
    this.majority = quorumSize(members.length, nobodyLies);
    this.arm(attacks);
  }

  protected get me(): RaftTraitor {
    return this;
  }

  send(to: NodeId | 'all', message: RaftMessage): void {
    for (const peer of to === 'all' ? this.others : [to]) this.sendTo(peer, message);
  }

  /** An entry that nobody asked for, on top of any other. */
  entry(previous: Mark, term: Term, requests: readonly ClientRequest[]): Entry {
    const content = { kind: 'batch', requests } as const;
    const fields = {
      index: (previous.index + 1) as LogIndex,
      epoch: 0 as Entry['header']['epoch'],
      term,
      parent: previous.hash,
      kind: content.kind,
      timestamp: this.lore.timestamp,
    };
    return nameEntry(fields, encodeContent(content), content, this.context.naming);
  }

  /** A request of a client that never made it. */
  request(client: ClientId, commands: readonly Command[]): ClientRequest {
    const encoded = commands.map(encodeCommand);
    const first = this.lore.nextNumber(client);
    const statement = {
      kind: 'client-request',
      client,
      first,
      count: encoded.length,
      commandsDigest: this.context.digest(encodeCommands(encoded)),
      acknowledged: first - 1n,
    } as const;
    return makeRequest(statement, UNSIGNED, encoded, this.context);
  }

  /** A write in some client's name; no two are equal. */
  anyRequest(): ClientRequest {
    const value = utf8(`forged-${this.random.u32()}`);
    const put = { type: 'put', key: utf8('shared 0'), value } as const;
    return this.request(this.random.pick(this.clients), [put]);
  }
}

/** Null for what nobody can read: where a liar spoke of the highest term, honest nodes go on to the next. */
export function readRaft(frame: Uint8Array, context: WireContext): RaftMessage | null {
  const decoded = decodeRaftMessage(frame, context);
  return decoded.ok ? decoded.value : null;
}
