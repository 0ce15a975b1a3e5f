/** What a node says to clients, signed (C3). */
import type { ClientId, Digest, Epoch, Hash, LogIndex } from '../consensus/model/ids.ts';
import type { NodeToClientMessage, Read, RefusalBody } from '../consensus/model/message.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import type { Signer } from '../crypto/sign.ts';
import type { Outcome } from '../machine/machine.ts';
import { encodeNodeToClientMessage, encodeResults } from '../wire/client.ts';
import type { Audience } from './audience.ts';
import type { Links } from './ports.ts';
import type { Counters } from './status.ts';

export interface AnswersDeps {
  readonly digest: Digest;
  readonly signer: Pick<Signer, 'sign' | 'signRefusal'>;
  readonly audience: Audience;
  readonly links: Pick<Links, 'sendToClient' | 'isClientConnected'>;
  readonly counters: Counters;
  readonly epoch: () => Epoch;
  /** Index of the highest-ranked prepare certificate (C5). */
  readonly prepared: () => LogIndex;
  /** A client was told something of so many bytes, over so many connections. */
  readonly onSent: (client: ClientId, bytes: number, connections: number) => void;
}

export interface ReplyFields {
  readonly client: ClientId;
  readonly first: bigint;
  readonly digest: Hash;
  readonly index: LogIndex;
  readonly results: readonly Uint8Array[];
}

export class Answers {
  readonly #deps: AnswersDeps;
  #isOpen = true;

  constructor(deps: AnswersDeps) {
    this.#deps = deps;
  }

  /** Nothing is said any more. */
  close(): void {
    this.#isOpen = false;
  }

  /** What became of a request, to its client if it is connected here. */
  reply({ client, first, digest, index, results }: ReplyFields): void {
    if (!this.#canHear(client)) return;
    const { signer, counters, epoch } = this.#deps;
    const signed = signer.sign({
      kind: 'client-reply',
      epoch: epoch(),
      client,
      first,
      requestDigest: digest,
      index,
      resultsDigest: this.#deps.digest(encodeResults(results)),
    });
    counters.replies++;
    this.#send(client, { kind: 'client-reply', signed, results });
  }

  /** N6: once it is executed. */
  outcome({ client, first, digest, index, results }: Outcome): void {
    if (!this.#deps.audience.hears(digest) || results === null) return;
    this.reply({
      client: client as ClientId,
      first,
      digest: digest as Hash,
      index: index as LogIndex,
      results,
    });
  }

  /** S4. */
  overloaded({ statement }: ClientRequest): void {
    const detail = 'this node keeps as many requests as it may; send it again in a while';
    this.refuse(statement.client, { code: 'overloaded', first: statement.first, detail });
  }

  readReply({ statement }: Read, applied: LogIndex, result: Uint8Array): void {
    if (!this.#canHear(statement.client)) return;
    const { signer, counters, epoch, prepared } = this.#deps;
    const signed = signer.sign({
      kind: 'read-reply',
      epoch: epoch(),
      nonce: statement.nonce,
      queryDigest: statement.queryDigest,
      applied,
      prepared: prepared(),
      resultDigest: this.#deps.digest(result),
    });
    counters.replies++;
    this.#send(statement.client, { kind: 'read-reply', signed, result });
  }

  refuse(client: ClientId, body: RefusalBody): void {
    if (!this.#canHear(client)) return;
    this.#deps.counters.refusals++;
    this.#send(client, this.#deps.signer.signRefusal(body));
  }

  #canHear(client: ClientId): boolean {
    return this.#isOpen && this.#deps.links.isClientConnected(client);
  }

  #send(client: ClientId, message: NodeToClientMessage): void {
    const { links, counters, onSent } = this.#deps;
    const frame = encodeNodeToClientMessage(message);
    const connections = links.sendToClient(client, frame);
    counters.framesOut += connections;
    onSent(client, frame.length, connections);
  }
}
