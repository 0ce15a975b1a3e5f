/**
 * Plain Raft's half of this room: nobody signs, and what a link proved about its other end is believed. Who may speak
 * is checked as ever, and so is the shape of what is said.
 */
import { AssertionError } from '../base/assert.ts';
import type { Digest, NodeId, Signature } from '../consensus/model/ids.ts';
import type { RequestStatement } from '../consensus/model/request.ts';
import type { NodeStatement, ReadStatement, Signed } from '../consensus/model/statement.ts';
import { SIGNATURE_BYTES } from './ed25519.ts';
import type { Keyring } from './keyring.ts';
import type { Signer } from './sign.ts';
import type { SignatureChecks } from './signatures.ts';
import { notMember, notVoter, unknownClient } from './signatures.ts';
import { verdict } from './verdict.ts';
import type { Fault, Verdict } from './verdict.ts';
import type { AnyBody } from './verify.ts';

/** What stands where a signature would. */
export const UNSIGNED: Signature = new Uint8Array(SIGNATURE_BYTES);

/** Checks that a signer is who may say such things, and nothing of its signature. */
export class UnsignedChecks implements SignatureChecks {
  readonly keyring: Keyring;
  readonly digest: Digest;

  constructor({ keyring, digest }: { readonly keyring: Keyring; readonly digest: Digest }) {
    this.keyring = keyring;
    this.digest = digest;
  }

  get checked(): number {
    return 0;
  }

  voter({ signer }: Signed): Fault | null {
    return this.keyring.isVoter(signer) ? null : notVoter(signer, this.keyring);
  }

  member({ signer }: Signed): Fault | null {
    return this.keyring.memberKey(signer) === null ? notMember(signer, this.keyring) : null;
  }

  client({ client }: RequestStatement | ReadStatement): Fault | null {
    return this.keyring.client(client) === null ? unknownClient(client) : null;
  }

  remember(): void {
    // Nothing is ever checked, so nothing is remembered.
  }
}

/** What the link's other end says. */
export function believed<T>(message: T): Verdict<T> {
  return verdict(message, null);
}

/** A node's signer that signs nothing. */
export function makeUnsigned(
  { self, digest }: { readonly self: NodeId; readonly digest: Digest },
  { encodeBody }: { readonly encodeBody: (body: AnyBody) => Uint8Array },
): Signer {
  const sign = <S extends NodeStatement>(statement: S): Signed<S> => ({
    signer: self,
    statement,
    signature: UNSIGNED,
  });
  return {
    sign,
    signBody: ({ kind }) => {
      throw new AssertionError(`plain Raft signs no ${kind} message`);
    },
    signRefusal: (body) => {
      const bodyDigest = digest(encodeBody({ kind: 'refusal', body }));
      return { kind: 'refusal', body, signed: sign({ kind: 'refusal', bodyDigest }) };
    },
  };
}
