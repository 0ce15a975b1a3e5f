/** Checks of single signatures under one keyring. */
import { Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type {
  ClientId,
  ClusterId,
  Digest,
  NodeId,
  PublicKey,
  Signature,
} from '../consensus/model/ids.ts';
import type { RequestStatement } from '../consensus/model/request.ts';
import type { ReadStatement, Signed, Statement } from '../consensus/model/statement.ts';
import { writeSigning } from '../consensus/model/statement.ts';
import type { Ed25519 } from './ed25519.ts';
import type { Keyring } from './keyring.ts';
import { RecheckBudget } from './recheck-budget.ts';
import type { Fault } from './verdict.ts';
import { invalid, unknown } from './verdict.ts';
import { VerifiedSignatures } from './verified-signatures.ts';

export interface SignatureOptions {
  readonly keyring: Keyring;
  readonly clusterId: ClusterId;
  readonly digest: Digest;
}

/** What every message's check asks about those who speak in it. */
export interface SignatureChecks {
  readonly keyring: Keyring;
  readonly digest: Digest;
  /** How many were checked so far, and not remembered. */
  readonly checked: number;
  /** Of a voter. Learners are members without a vote; nothing that is counted or followed is theirs. */
  voter(signed: Signed, budget?: RecheckBudget): Fault | null;
  /** Of any node of the configuration. */
  member(signed: Signed, budget?: RecheckBudget): Fault | null;
  /** Of a client's request or read. */
  client(
    statement: RequestStatement | ReadStatement,
    signature: Signature,
    budget?: RecheckBudget,
  ): Fault | null;
  /** M6: a signature that this node made itself, or verified elsewhere, is never checked again. */
  remember(signed: Signed): void;
}

export function notVoter(signer: NodeId, { epoch }: Keyring): Fault {
  return unknown(`${signer} is no voter of epoch ${epoch}`);
}

export function notMember(signer: NodeId, { epoch }: Keyring): Fault {
  return unknown(`${signer} is no node of epoch ${epoch}'s configuration`);
}

export function unknownClient(client: ClientId): Fault {
  return unknown(`client ${client.slice(0, 16)}… is not in the configuration`);
}

export class Signatures implements SignatureChecks {
  readonly keyring: Keyring;
  readonly digest: Digest;
  readonly #clusterId: ClusterId;
  readonly #ed25519: Ed25519;
  readonly #verified = new VerifiedSignatures(limits.verifiedSignaturesMax);
  #checked = 0;

  constructor(options: SignatureOptions, deps: { readonly ed25519: Ed25519 }) {
    this.keyring = options.keyring;
    this.digest = options.digest;
    this.#clusterId = options.clusterId;
    this.#ed25519 = deps.ed25519;
  }

  get checked(): number {
    return this.#checked;
  }

  voter(signed: Signed, budget?: RecheckBudget): Fault | null {
    if (!this.keyring.isVoter(signed.signer)) return notVoter(signed.signer, this.keyring);
    return this.member(signed, budget);
  }

  member({ signer, statement, signature }: Signed, budget?: RecheckBudget): Fault | null {
    const key = this.keyring.memberKey(signer);
    if (key === null) return notMember(signer, this.keyring);
    return this.#check(signer, key, statement, signature, budget);
  }

  client(
    statement: RequestStatement | ReadStatement,
    signature: Signature,
    budget?: RecheckBudget,
  ): Fault | null {
    const record = this.keyring.client(statement.client);
    if (record === null) return unknownClient(statement.client);
    return this.#check(record.id, record.publicKey, statement, signature, budget);
  }

  remember({ signer, statement, signature }: Signed): void {
    this.#verified.add(this.#withBytes(signer, statement, signature, (_, key) => key));
  }

  /** The signed bytes, and the key under which the pair is remembered; neither is kept. */
  #withBytes<T>(
    signer: string,
    statement: Statement,
    signature: Signature,
    look: (bytes: Uint8Array, key: string) => T,
  ): T {
    return Writer.passing(
      // Both halves: other signature bytes for the same statement are verified anew.
      (writer) => writeSigning(writer, this.#clusterId, signer, statement).raw(signature),
      (pair) => look(pair.subarray(0, pair.length - signature.length), this.digest(pair)),
    );
  }

  #check(
    signer: string,
    key: PublicKey,
    statement: Statement,
    signature: Signature,
    budget = new RecheckBudget(Infinity),
  ): Fault | null {
    return this.#withBytes(signer, statement, signature, (bytes, pair) => {
      if (this.#verified.has(pair)) return null;
      // L3: nobody's own word passes because noble took it where it was passed on: others would refuse it.
      const byNoble = `${pair} by noble`;
      if (!budget.isFirstHand && this.#verified.has(byNoble)) return null;
      this.#checked++;
      const { spent } = budget;
      if (!this.#ed25519.verify(signature, bytes, key, budget))
        return invalid(`bad ${statement.kind} signature of ${signer}`);
      this.#verified.add(budget.spent === spent ? pair : byNoble);
      return null;
    });
  }
}
