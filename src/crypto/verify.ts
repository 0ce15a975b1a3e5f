/**
 * The one way from what arrived to what may be believed: every signature, hash link and quorum of a message, under
 * the keys of one configuration. A new configuration gets a new `Verifier`.
 */
import type {
  Base,
  Certificate,
  SuspicionCertificate,
  VoteBundle,
} from '../consensus/model/certificate.ts';
import type { Digest, Term } from '../consensus/model/ids.ts';
import type {
  Body,
  EvidenceBody,
  NodeToClientMessage,
  PeerMessage,
  Read,
  RefusalBody,
} from '../consensus/model/message.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import type { Signed } from '../consensus/model/statement.ts';
import {
  checkBase,
  checkBundle,
  checkCertificate,
  checkEpoch,
  checkSuspicion,
} from './certificates.ts';
import type { Ed25519 } from './ed25519.ts';
import { checkRequest } from './entries.ts';
import { checkEvidence } from './evidence.ts';
import type { Keyring } from './keyring.ts';
import { checkPeerMessage } from './messages.ts';
import type { RecheckBudget } from './recheck-budget.ts';
import { Signatures } from './signatures.ts';
import type { SignatureChecks, SignatureOptions } from './signatures.ts';
import type { Fault, Verdict } from './verdict.ts';
import { invalid, verdict } from './verdict.ts';

export interface VerifierDeps {
  /** `wire/body.ts`: its digest is what a body's sender signed. */
  readonly encodeBody: (body: AnyBody) => Uint8Array;
  /** `wire/client.ts`: its digest is what a reply's sender signed. */
  readonly encodeResults: (results: readonly Uint8Array[]) => Uint8Array;
}

/** A body of which the digest alone is signed. */
export type AnyBody = Body | { readonly kind: 'refusal'; readonly body: RefusalBody };

/** A verifier of signatures. */
export function makeVerifier(
  options: SignatureOptions,
  { ed25519, ...deps }: VerifierDeps & { readonly ed25519: Ed25519 },
): Verifier {
  return new Verifier(new Signatures(options, { ed25519 }), deps);
}

/**
 * Every method takes the budget of the connection over which its argument came (L3); without one, noble judges
 * every native refusal. A verdict is about the whole: nothing of an argument that is not verified may be used.
 */
export class Verifier {
  readonly keyring: Keyring;
  readonly #signatures: SignatureChecks;
  readonly #digest: Digest;
  readonly #deps: VerifierDeps;

  /** `signatures`: `Signatures`, or `UnsignedChecks` where nobody signs. */
  constructor(signatures: SignatureChecks, deps: VerifierDeps) {
    this.keyring = signatures.keyring;
    this.#digest = signatures.digest;
    this.#deps = deps;
    this.#signatures = signatures;
  }

  /** How many signatures were checked so far; what is remembered costs nothing (M6). */
  get checked(): number {
    return this.#signatures.checked;
  }

  /** A message between peers, with all that travels in it. Its signer may be another node than the link's. */
  peerMessage(message: PeerMessage, budget?: RecheckBudget): Verdict<PeerMessage> {
    const fault = checkPeerMessage(
      message,
      this.#signatures,
      (body) => this.#bodyDigest(body),
      budget,
    );
    return verdict(message, fault);
  }

  /** C1, C2: a client's request. */
  request(request: ClientRequest, budget?: RecheckBudget): Verdict<ClientRequest> {
    return verdict(request, checkRequest(request, this.#signatures, budget));
  }

  /** C5: a client's read. */
  read(read: Read, budget?: RecheckBudget): Verdict<Read> {
    if (this.#digest(read.query) !== read.statement.queryDigest)
      return invalid('the query is not the signed one');
    return verdict(read, this.#signatures.client(read.statement, read.signature, budget));
  }

  /** C3: a voter's answer, of this epoch. That f+1 of them agree is the client's to count. */
  reply(message: NodeToClientMessage, budget?: RecheckBudget): Verdict<NodeToClientMessage> {
    const fault = this.#answerFault(message) ?? this.#signatures.voter(message.signed, budget);
    return verdict(message, fault);
  }

  certificate<C extends Certificate>(certificate: C, budget?: RecheckBudget): Verdict<C> {
    return verdict(certificate, checkCertificate(certificate, this.#signatures, budget));
  }

  /** A certificate under the rank and position it is shown for; null for the genesis of the epoch alone. */
  base(base: Base, budget?: RecheckBudget): Verdict<Base> {
    return verdict(base, checkBase(base, this.#signatures, budget));
  }

  bundle(bundle: VoteBundle, budget?: RecheckBudget): Verdict<VoteBundle> {
    return verdict(bundle, checkBundle(bundle, this.#signatures, budget));
  }

  /** S2: that a quorum wants `term` or a later one. */
  suspicion(
    certificate: SuspicionCertificate,
    term: Term,
    budget?: RecheckBudget,
  ): Verdict<SuspicionCertificate> {
    return verdict(certificate, checkSuspicion(certificate, term, this.#signatures, budget));
  }

  /** V1. */
  evidence(body: EvidenceBody, budget?: RecheckBudget): Verdict<EvidenceBody> {
    return verdict(body, checkEvidence(body, this.#signatures, budget));
  }

  /** M6: what this node signed itself is never checked again. */
  remember(signed: Signed): void {
    this.#signatures.remember(signed);
  }

  #bodyDigest(body: AnyBody): string {
    return this.#digest(this.#deps.encodeBody(body));
  }

  #answerFault(message: NodeToClientMessage): Fault | null {
    switch (message.kind) {
      case 'client-reply': {
        const { epoch, resultsDigest } = message.signed.statement;
        const digest = this.#digest(this.#deps.encodeResults(message.results));
        return (
          checkEpoch(epoch, this.keyring) ??
          (digest === resultsDigest ? null : invalid('the results are not the signed ones'))
        );
      }
      case 'read-reply': {
        const { epoch, resultDigest } = message.signed.statement;
        return (
          checkEpoch(epoch, this.keyring) ??
          (this.#digest(message.result) === resultDigest
            ? null
            : invalid('the result is not the signed one'))
        );
      }
      case 'refusal':
        return message.signed.statement.kind === 'refusal' &&
          this.#bodyDigest({ kind: 'refusal', body: message.body }) ===
            message.signed.statement.bodyDigest
          ? null
          : invalid('the refusal is not the signed one');
    }
  }
}
