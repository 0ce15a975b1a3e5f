/**
 * C2 as clients see it, those that keep the rules and those that do not: what honest nodes say was executed lies within
 * the window, shares no number with anything else, and was above the floor; and every node says the same of it.
 */
import type { Hash, NodeId } from '../../../src/consensus/model/ids.ts';
import type { ClientReply } from '../../../src/consensus/model/message.ts';
import type { ClientRequest, RequestStatement } from '../../../src/consensus/model/request.ts';
import { lastNumber } from '../../../src/consensus/model/request.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

/** C2, as the protocol's text has it: not the limit in the code. */
const WINDOW = 256n;

interface Executed {
  readonly statement: RequestStatement;
  readonly index: number;
  readonly resultsDigest: Hash;
  readonly node: NodeId;
}

export class Sessions implements Checker {
  readonly name = 'sessions';
  readonly #executed = new Map<Hash, Executed>();
  /** Which request used each number of each client. */
  readonly #numbers = new Map<string, Hash>();

  /** An honest node's reply to a request. */
  replied(node: NodeId, request: ClientRequest, { signed, results }: ClientReply): void {
    const { digest, statement } = request;
    const { index, resultsDigest } = signed.statement;
    if (index === 0) return;
    if (results.length !== statement.count)
      throw new Violation(
        this.name,
        `${nameOf(statement)} has ${results.length} results from ${node}`,
      );
    const known = this.#executed.get(digest);
    if (known === undefined) {
      this.#executed.set(digest, { statement, index, resultsDigest, node });
      this.#use(request);
    } else if (known.index !== index || known.resultsDigest !== resultsDigest)
      throw new Violation(
        this.name,
        `${nameOf(statement)} has results ${resultsDigest} of entry ${index} from ${node}, ` +
          `${known.resultsDigest} of entry ${known.index} from ${known.node}`,
      );
  }

  /** An honest node's reply to what its client never sent, or not under a right signature (C1). */
  repliedToUnsigned(node: NodeId, { signed }: ClientReply): void {
    const { index, client, first } = signed.statement;
    if (index > 0)
      throw new Violation(
        this.name,
        `${node} says that request ${first} of ${client.slice(0, 8)} was executed, which nobody signed`,
      );
  }

  #use({ statement, digest }: ClientRequest): void {
    const { client, first, acknowledged } = statement;
    const last = lastNumber(statement);
    if (last > acknowledged + WINDOW)
      throw new Violation(this.name, `${nameOf(statement)} was executed beyond the window`);
    for (let number = first; number <= last; number++) {
      const key = `${client} ${number}`;
      const other = this.#numbers.get(key);
      if (other !== undefined)
        throw new Violation(
          this.name,
          `${nameOf(statement)} was executed twice: ${other}, ${digest}`,
        );
      this.#numbers.set(key, digest);
    }
  }

  /** In the order of the log no request reaches what an earlier one acknowledged; within one entry none is known. */
  finished(): void {
    const inOrder = [...this.#executed.values()].sort((a, b) => a.index - b.index);
    const floors = new Map<string, { floor: bigint; index: number; before: bigint }>();
    for (const { statement, index } of inOrder) {
      const { client, first, acknowledged } = statement;
      const known = floors.get(client) ?? { floor: 0n, index: 0, before: 0n };
      const before = known.index < index ? known.floor : known.before;
      if (first <= before)
        throw new Violation(
          this.name,
          `${nameOf(statement)} was executed in entry ${index}, too old`,
        );
      const floor = acknowledged > known.floor ? acknowledged : known.floor;
      floors.set(client, { floor, index, before });
    }
  }
}

function nameOf({ client, first, count, acknowledged }: RequestStatement): string {
  return `request ${first}+${count} of ${client.slice(0, 8)} (acknowledged ${acknowledged})`;
}
