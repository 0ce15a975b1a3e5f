/**
 * A client that breaks the rules (C2, L2), with a key that is listed all the same. It writes keys of its own: whatever
 * it does, honest nodes stay equal, say the same of its requests, and serve the others.
 */
import type { Random } from '../../../src/base/random.ts';
import type { ClientId, Hash, NodeId, Signature } from '../../../src/consensus/model/ids.ts';
import type { NodeToClientMessage } from '../../../src/consensus/model/message.ts';
import type { ClientRequest, RequestStatement } from '../../../src/consensus/model/request.ts';
import type { ReadStatement } from '../../../src/consensus/model/statement.ts';
import type { Verifier } from '../../../src/crypto/verify.ts';
import { encodeClientMessage } from '../../../src/wire/client.ts';
import type { WireContext } from '../../../src/wire/context.ts';
import { encodeCommands, makeRequest } from '../../../src/wire/request.ts';
import type { Sessions } from '../checkers/sessions.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Trick } from './rogue-client-tricks.ts';
import { TRICKS } from './rogue-client-tricks.ts';

export interface RogueDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly nodes: readonly NodeId[];
  /** A client that keeps the rules. */
  readonly victim: ClientId;
  readonly isHonest: (node: NodeId) => boolean;
  readonly sign: (statement: RequestStatement | ReadStatement) => Signature;
  readonly context: WireContext;
  readonly send: (to: NodeId, frame: Uint8Array) => void;
  readonly verifier: Verifier;
  readonly sessions: Sessions;
  readonly trace: (what: string) => void;
}

/** Of a request's statement, what a trick wants otherwise. */
export type Otherwise = Partial<RequestStatement>;

/** Between two tricks, at most. */
const PAUSE_MS = 600;

export class RogueClient {
  readonly id: ClientId;
  readonly victim: ClientId;
  readonly random: Random;
  readonly nodes: readonly NodeId[];
  readonly context: WireContext;
  /** How often it did what. */
  readonly exercised = new Map<string, number>();
  /** The next number that it did not use, as far as it kept count. */
  next = 1n;
  /** What it acknowledges when no trick says otherwise. */
  acknowledged = 0n;
  readonly #deps: RogueDeps;
  readonly #tricks: readonly Trick[];
  /** What it sent under a right signature, oldest first. */
  readonly #sent = new Map<Hash, ClientRequest>();

  constructor(id: ClientId, deps: RogueDeps) {
    this.id = id;
    this.victim = deps.victim;
    this.random = deps.random;
    this.nodes = deps.nodes;
    this.context = deps.context;
    this.#deps = deps;
    const drawn = TRICKS.filter(() => deps.random.chance(1, 2));
    this.#tricks = drawn.length === 0 ? TRICKS : drawn;
    this.#goOn();
  }

  #goOn(): void {
    this.#deps.scheduler.after(this.random.below(PAUSE_MS), () => {
      const { name, play } = this.random.pick(this.#tricks);
      this.exercised.set(name, (this.exercised.get(name) ?? 0) + 1);
      this.#deps.trace(name);
      play(this);
      this.#goOn();
    });
  }

  later(delayMs: number, run: () => void): void {
    this.#deps.scheduler.after(delayMs, run);
  }

  get sent(): readonly ClientRequest[] {
    return [...this.#sent.values()];
  }

  /** A request with a right signature; the next numbers are its own unless it says otherwise. */
  request(commands: readonly Uint8Array[], otherwise: Otherwise = {}): ClientRequest {
    const statement = this.statement(commands, otherwise);
    const { sign } = this.#deps;
    const request = makeRequest(statement, sign(statement), commands, this.context);
    if (statement.client === this.id) this.#sent.set(request.digest, request);
    return request;
  }

  statement(commands: readonly Uint8Array[], otherwise: Otherwise = {}): RequestStatement {
    const statement: RequestStatement = {
      kind: 'client-request',
      client: this.id,
      first: this.next,
      count: commands.length,
      commandsDigest: this.context.digest(encodeCommands(commands)),
      acknowledged: this.acknowledged,
      ...otherwise,
    };
    if (otherwise.first === undefined) this.next += BigInt(commands.length);
    return statement;
  }

  send(to: NodeId, request: ClientRequest): void {
    this.sendFrame(to, encodeClientMessage({ kind: 'client-request', request }));
  }

  sendToAll(request: ClientRequest): void {
    for (const node of this.nodes) this.send(node, request);
  }

  sendFrame(to: NodeId, frame: Uint8Array): void {
    this.#deps.send(to, frame);
  }

  sendRead(to: NodeId, nonce: string, query: Uint8Array): void {
    const queryDigest = this.context.digest(query);
    const statement: ReadStatement = { kind: 'read', client: this.id, nonce, queryDigest };
    const signature = this.#deps.sign(statement);
    this.sendFrame(to, encodeClientMessage({ kind: 'read', statement, signature, query }));
  }

  receive(from: NodeId, message: NodeToClientMessage): void {
    const { isHonest, verifier, sessions } = this.#deps;
    if (message.kind !== 'client-reply' || !isHonest(from)) return;
    if (verifier.reply(message).type !== 'verified') return;
    const { requestDigest } = message.signed.statement;
    const request = this.#sent.get(requestDigest);
    if (request !== undefined) return sessions.replied(from, request, message);
    sessions.repliedToUnsigned(from, message);
  }
}
