/** Every certificate an honest node keeps convinces an outsider who has the genesis and nothing else (N5, E4). */
import type { StoreRecord } from '../../../src/consensus/core.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Verifier } from '../../../src/crypto/verify.ts';
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';

export class Certificates implements Checker {
  readonly name = 'certificates';
  readonly #outsider: Verifier;
  checked = 0;

  constructor(outsider: Verifier) {
    this.#outsider = outsider;
  }

  get tallies(): Readonly<Record<string, number>> {
    return { 'certificates checked': this.checked };
  }

  storing(node: NodeId, records: readonly StoreRecord[]): void {
    for (const record of records) this.#check(node, record);
  }

  #check(node: NodeId, record: StoreRecord): void {
    switch (record.type) {
      case 'prepared':
      case 'commit':
        return this.#demand(node, record.type, this.#outsider.certificate(record.certificate));
      case 'entry':
        if (record.entry.content.kind === 'term')
          this.#demand(node, 'bundle', this.#outsider.bundle(record.entry.content.bundle));
        return;
      case 'evidence':
        return this.#demand(node, 'evidence', this.#outsider.evidence(record.body));
      case 'term':
        return this.#termProof(node, record.record);
      case 'accepted':
      case 'drop':
      case 'vote':
      case 'halt':
    }
  }

  /** M4: what put the node into its term, and E3's certificate for it. */
  #termProof(
    node: NodeId,
    { term, proof, lock }: Extract<StoreRecord, { type: 'term' }>['record'],
  ): void {
    this.#demand(node, 'lock', this.#outsider.base(lock));
    if (proof.type === 'suspicion')
      this.#demand(node, 'suspicion', this.#outsider.suspicion(proof.certificate, term));
    else if (proof.type === 'bundle')
      this.#demand(node, 'bundle', this.#outsider.bundle(proof.bundle));
    else if (proof.type !== 'genesis')
      this.#demand(node, proof.type, this.#outsider.certificate(proof.certificate));
  }

  #demand(node: NodeId, what: string, verdict: { readonly type: string }): void {
    this.checked++;
    if (verdict.type !== 'verified') {
      const said = 'reason' in verdict ? String(verdict.reason) : verdict.type;
      throw new Violation(this.name, `${node} stored a ${what} that does not verify: ${said}`);
    }
  }
}
