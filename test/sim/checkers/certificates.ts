/** Every certificate a node keeps convinces an outsider who has the genesis and nothing else (N5, E4). */
import type { StoreRecord } from '../../../src/consensus/core.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import type { Verifier } from '../../../src/crypto/verify.ts';

export class Certificates {
  readonly #outsider: Verifier;
  checked = 0;

  constructor(outsider: Verifier) {
    this.#outsider = outsider;
  }

  stored(node: NodeId, record: StoreRecord): void {
    if (record.type === 'prepared' || record.type === 'commit') {
      this.#demand(node, record.type, this.#outsider.certificate(record.certificate));
    } else if (record.type === 'entry' && record.entry.content.kind === 'term') {
      this.#demand(node, 'bundle', this.#outsider.bundle(record.entry.content.bundle));
    } else if (record.type === 'evidence') {
      throw new Error(`evidence: ${node} convicts ${record.body.culprit}, and nobody is a traitor`);
    }
  }

  #demand(node: NodeId, what: string, verdict: { readonly type: string }): void {
    this.checked++;
    if (verdict.type !== 'verified') {
      throw new Error(`certificates: ${node} stored a ${what} that is ${JSON.stringify(verdict)}`);
    }
  }
}
