/** V1, V3: an honest node is never convicted by evidence, nor called rogue by an honest one (S1). */
import type { StoreRecord } from '../../../src/consensus/core.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Checker, Report } from './checker.ts';
import { Violation } from './checker.ts';

export class Convictions implements Checker {
  readonly name = 'convictions';
  readonly #isHonest: (node: NodeId) => boolean;
  /** Traitors that an honest node has evidence against. */
  readonly convicted = new Set<NodeId>();

  constructor(isHonest: (node: NodeId) => boolean) {
    this.#isHonest = isHonest;
  }

  get tallies(): Readonly<Record<string, number>> {
    return { 'traitors convicted': this.convicted.size };
  }

  storing(node: NodeId, records: readonly StoreRecord[]): void {
    for (const record of records)
      if (record.type === 'evidence') this.#convicts(node, record.body.culprit);
  }

  #convicts(node: NodeId, culprit: NodeId): void {
    if (this.#isHonest(culprit))
      throw new Violation(this.name, `${node} convicts ${culprit}, which is honest`);
    this.convicted.add(culprit);
  }

  reported(node: NodeId, { code, text, detail }: Report): void {
    if (code === 'rogue') this.accused(node, detail['culprit'] as NodeId, text);
  }

  /** S1 `rogue`: a node said so aloud. */
  accused(node: NodeId, culprit: NodeId, text: string): void {
    if (this.#isHonest(culprit))
      throw new Violation(this.name, `${node} calls honest ${culprit} rogue: ${text}`);
  }
}
