/** V1: whether evidence holds, under the keys of a genesis and nothing else. Needs no node. */
import type { EvidenceId, EvidenceSubject } from '../consensus/model/evidence.ts';
import { evidenceId, hashSaid, subjectOf } from '../consensus/model/evidence.ts';
import type { Digest, Hash } from '../consensus/model/ids.ts';
import type { EvidenceBody } from '../consensus/model/message.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { checkEvidence } from '../crypto/evidence.ts';
import { Keyring } from '../crypto/keyring.ts';
import { Signatures } from '../crypto/signatures.ts';
import type { Fault } from '../crypto/verdict.ts';
import { formatEvidenceLine, parseEvidenceLine } from '../wire/evidence-file.ts';
import type { Genesis } from '../wire/genesis.ts';

/** Evidence that was verified: whatever it says, its culprit signed. */
export interface ProvenEvidence extends EvidenceSubject {
  /** Hexadecimal; the same at every node and in every file. */
  readonly id: EvidenceId;
  /** Of the entry at `index`, by the first statement and by the second. */
  readonly hashes: readonly [Hash, Hash];
  /** The two statements, with the headers that link the index to what each signed. */
  readonly body: EvidenceBody;
  /** A line of a file, which proves it to whoever has the genesis; without the new line at its end. */
  readonly line: string;
}

/**
 * `unreadable`: not evidence as it is written. `other-cluster`: of another cluster than the genesis, so it is not
 * judged. `not-proven`: it does not hold.
 */
export type EvidenceVerdict =
  | { readonly ok: true; readonly evidence: ProvenEvidence }
  | {
      readonly ok: false;
      readonly fault: 'unreadable' | 'other-cluster' | 'not-proven';
      readonly reason: string;
    };

export interface EvidenceDeps {
  readonly digest: Digest;
  readonly ed25519: Ed25519;
}

/** What checks evidence of one cluster. It remembers signatures that it verified. */
export class EvidenceChecker {
  readonly #genesis: Genesis;
  readonly #digest: Digest;
  readonly #signatures: Signatures;

  constructor(genesis: Genesis, { digest, ed25519 }: EvidenceDeps) {
    const { configuration, entry, clusterId } = genesis;
    this.#genesis = genesis;
    this.#digest = digest;
    const keyring = new Keyring({ configuration, genesis: entry });
    this.#signatures = new Signatures({ keyring, clusterId, digest }, { ed25519 });
  }

  /** Whether nodes of this cluster sign what they say to each other: where they do not, there is no evidence. */
  get signs(): boolean {
    return this.#genesis.document.protocol === 'tangaroa';
  }

  /** A line of a file. */
  line(text: string): EvidenceVerdict {
    const parsed = parseEvidenceLine(text, this.#digest);
    if (!parsed.ok) return parsed;
    const { clusterId, body } = parsed.value;
    if (clusterId === this.#genesis.clusterId) return this.body(body);
    const reason = `it is of cluster ${shorten(clusterId)}, the genesis document makes cluster ${shorten(this.#genesis.clusterId)}`;
    return { ok: false, fault: 'other-cluster', reason };
  }

  body(body: EvidenceBody): EvidenceVerdict {
    if (!this.signs) return notProven('nodes of a Raft cluster sign nothing');
    const fault = checkEvidence(body, this.#signatures);
    if (fault !== null) return notProven(reasonOf(fault));
    const subject = subjectOf(body);
    const { clusterId } = this.#genesis;
    const [first, second] = [body.first, body.second].map((testimony) =>
      hashSaid(testimony, body.index, this.#digest),
    ) as [Hash, Hash];
    return {
      ok: true,
      evidence: {
        ...subject,
        id: evidenceId(clusterId, subject, this.#digest),
        hashes: [first, second],
        body,
        line: formatEvidenceLine(clusterId, body, this.#digest),
      },
    };
  }
}

function notProven(reason: string): EvidenceVerdict {
  return { ok: false, fault: 'not-proven', reason };
}

function reasonOf(fault: Fault): string {
  return fault.type === 'other-epoch'
    ? `it is of epoch ${fault.epoch}, of which the genesis document has no keys`
    : fault.reason;
}

function shorten(clusterId: string): string {
  return `${clusterId.slice(0, 16)}…`;
}

/** Verifies a line of a file against a genesis. Of many lines one `EvidenceChecker` is cheaper. */
export function verifyEvidence(
  line: string,
  genesis: Genesis,
  deps: EvidenceDeps,
): EvidenceVerdict {
  return new EvidenceChecker(genesis, deps).line(line);
}
