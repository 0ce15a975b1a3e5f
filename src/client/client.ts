/** The client of a cluster: what callers use. Runs in Node and in a browser alike. */
import { quoted } from '../base/text.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { encodeCommand } from '../machine/command.ts';
import type { Command, Get, Scan } from '../machine/command.ts';
import { encodeQuery } from '../machine/query.ts';
import type { Result } from '../machine/result.ts';
import type { Genesis } from '../wire/genesis.ts';
import {
  expectResult,
  readResult,
  toBytes,
  toCompare,
  toOperation,
  toValue,
  wordOf,
} from './answers.ts';
import type {
  Bytes,
  DeleteAnswer,
  GetAnswer,
  IncrementAnswer,
  Item,
  PageOptions,
  PutAnswer,
  ReadOptions,
  ScanOptions,
  ScanPage,
  ScanRange,
  Transaction,
  TransactionAnswer,
} from './api.ts';
import { commandFault, refusedHere } from './check-command.ts';
import { Engine } from './engine.ts';
import { TangaroaError } from './errors.ts';
import type { MissingNode } from './errors.ts';
import { EvidenceChecker } from './evidence-proof.ts';
import { EvidenceReader } from './evidence.ts';
import type { EvidenceReport } from './evidence.ts';
import { incompatible } from './explain.ts';
import { makeIdentity } from './identity.ts';
import { DELETE, GET, INCREMENT, PUT, SCAN, TRANSACTION } from './kinds.ts';
import type { Kind } from './ordered.ts';
import { checkCall } from './patience.ts';
import type { CallOptions, ClientDeps } from './ports.ts';
import { boundsOf, scanItems } from './scan.ts';
import { parseReport, STATUS_QUERY } from './status.ts';
import type { NodeReport, NodeStatus } from './status.ts';

export interface ClientOptions {
  /** Which cluster: its genesis document, checked (`parseGenesis`). */
  readonly genesis: Genesis;
  /** Who asks: the 32-byte Ed25519 secret key of a client that the genesis lists. One process per key at a time. */
  readonly secretKey: Uint8Array;
  /** Milliseconds until an operation gives up, unless its call says otherwise; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Commands that may wait in this client; default 65,536. */
  readonly queueCommandsMax?: number | undefined;
  /** Their bytes; default 64 MiB. */
  readonly queueBytesMax?: number | undefined;
}

const TIMEOUT_MS = 30_000;
const STATUS_TIMEOUT_MS = 2_000;
const PAGE_SIZE = 256;
const QUEUE = { commands: 65_536, bytes: 67_108_864, reads: 4_096 } as const;

/**
 * A client that connects to all voters, sends to the leader, and believes what f+1 voters agree on (section 7 of
 * `protocol.md`), or, in a Raft cluster, the node that it asked. Operations wait while there is no quorum and go on by
 * themselves when it is back; each fails with a `TangaroaError`. Operations asked for at once may be executed in any
 * order: await one before the next where order matters.
 */
export class TangaroaClient implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #evidence: EvidenceReader;

  /** @throws TangaroaError `unknown-client` where the genesis does not list the key */
  constructor(options: ClientOptions, deps: ClientDeps) {
    this.#engine = new Engine(
      makeIdentity(options, deps),
      {
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        queueCommandsMax: options.queueCommandsMax ?? QUEUE.commands,
        queueBytesMax: options.queueBytesMax ?? QUEUE.bytes,
        queueReadsMax: QUEUE.reads,
      },
      deps,
    );
    const { reads } = this.#engine;
    this.#evidence = new EvidenceReader({
      checker: new EvidenceChecker(options.genesis, deps),
      ask: (node, query, call) => reads.ask(node, query, call),
    });
  }

  /** All voters of the configuration. */
  get nodes(): readonly NodeId[] {
    return this.#engine.links.nodes;
  }

  /** The node that is believed to lead, if one is. */
  get leader(): NodeId | null {
    return this.#engine.leader;
  }

  /** Nodes that do not serve this client now, and why. */
  get missing(): readonly MissingNode[] {
    return this.#engine.links.missing();
  }

  /** Operations in progress. */
  get pending(): number {
    return this.#engine.size;
  }

  /** Sets a key to bytes, a text (its UTF-8) or a counter (a bigint). */
  put(key: Bytes, value: Bytes | bigint, options?: CallOptions): Promise<PutAnswer> {
    return this.#order({ type: 'put', key: toBytes(key), value: toValue(value) }, PUT, options);
  }

  get(key: Bytes, options?: ReadOptions): Promise<GetAnswer> {
    return this.#read({ type: 'get', key: toBytes(key) }, GET, options);
  }

  delete(key: Bytes, options?: CallOptions): Promise<DeleteAnswer> {
    return this.#order({ type: 'delete', key: toBytes(key) }, DELETE, options);
  }

  /** Adds to a counter, by 1 unless told otherwise; a key that does not exist counts as 0. Applied exactly once. */
  increment(key: Bytes, by: bigint = 1n, options?: CallOptions): Promise<IncrementAnswer> {
    return this.#order({ type: 'increment', key: toBytes(key), by }, INCREMENT, options);
  }

  /** Compares, then one of two lists of operations, whole or not at all. A failed compare is a result. */
  transaction(transaction: Transaction, options?: CallOptions): Promise<TransactionAnswer> {
    const command: Command = {
      type: 'transaction',
      compares: (transaction.compares ?? []).map(toCompare),
      then: (transaction.then ?? []).map(toOperation),
      else: (transaction.else ?? []).map(toOperation),
    };
    return this.#order(command, TRANSACTION, options);
  }

  /** Items in the order of their keys. Each page sees the state at its own index: `scanPage` tells which. */
  scan(range: ScanRange = {}, options: ScanOptions = {}): AsyncIterableIterator<Item> {
    return scanItems(boundsOf(range), options, (bounds, limit) =>
      this.#read({ type: 'scan', ...bounds, limit }, SCAN, options),
    );
  }

  /** One page of a scan; go on from its `next`. */
  async scanPage(range: ScanRange = {}, options: PageOptions = {}): Promise<ScanPage> {
    const limit = options.limit ?? PAGE_SIZE;
    return this.#read({ type: 'scan', ...boundsOf(range), limit }, SCAN, options);
  }

  /** What one node says of itself. Default timeout: 2 seconds. */
  async status(node: NodeId, options?: CallOptions): Promise<NodeStatus> {
    checkCall(options);
    this.#checkNode(node);
    const limited = { timeoutMs: STATUS_TIMEOUT_MS, ...options };
    const answer = await this.#engine.reads.ask(node, STATUS_QUERY, limited);
    const report = parseReport(answer.result);
    if (report === null) throw incompatible('not-applied');
    return { node, appliedIndex: answer.index, report };
  }

  /** What every node says of itself, in the order of their ids; those that do not answer have their error. */
  statusAll(options?: CallOptions): Promise<readonly NodeReport[]> {
    return Promise.all(
      this.nodes.map(async (node): Promise<NodeReport> => {
        try {
          return { node, ok: true, status: await this.status(node, options) };
        } catch (error) {
          if (error instanceof TangaroaError) return { node, ok: false, error };
          throw error;
        }
      }),
    );
  }

  /** V1: the evidence that the nodes hold, verified here. Each answer has the timeout anew; default: 2 seconds. */
  async evidence(options?: CallOptions): Promise<EvidenceReport> {
    const limited = { timeoutMs: STATUS_TIMEOUT_MS, ...options };
    return this.#evidence.gather(await this.statusAll(limited), limited);
  }

  /** Ends every operation in progress with `closed`, and all connections. May be called twice. */
  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read<K extends 'get' | 'scan', T>(
    command: Get | Scan,
    kind: Kind<K, T>,
    options: ReadOptions | undefined,
  ): Promise<T> {
    return options?.consistency === 'local'
      ? this.#askLocally(command, kind, options)
      : this.#order(command, kind, options);
  }

  /** One that nobody knows would only be waited for. */
  #checkNode(node: NodeId): void {
    if (this.nodes.includes(node)) return;
    const names = `${quoted(node)} is none of the nodes ${this.nodes.join(', ')}`;
    throw refusedHere('invalid-argument', names);
  }

  /** Orders one command in the log (C3). */
  #order<K extends Exclude<Result['type'], 'error'>, T>(
    command: Command,
    kind: Kind<K, T>,
    options: CallOptions | undefined,
  ): Promise<T> {
    const fault = commandFault(command);
    if (fault !== null) return Promise.reject(fault);
    return this.#engine.submit(encodeCommand(command), kind, options);
  }

  /** C5 `local`: one node's word. */
  async #askLocally<K extends 'get' | 'scan', T>(
    query: Get | Scan,
    kind: Kind<K, T>,
    options: ReadOptions,
  ): Promise<T> {
    checkCall(options);
    const fault = commandFault(query);
    if (fault !== null) throw fault;
    const { node = null } = options;
    if (node !== null) this.#checkNode(node);
    const { reads } = this.#engine;
    const answer = await reads.ask(node, encodeQuery(query), options);
    const result = readResult(answer.result);
    if (result === null) throw incompatible('not-applied');
    const expected = expectResult(kind.type, result, 'not-applied');
    if (expected instanceof TangaroaError) throw expected;
    return kind.answer(expected, wordOf(answer.node, answer.index));
  }
}
