/** Signing: what a node's core and a client are given in place of their secret key. */
import { Writer } from '../base/binary.ts';
import type { CoreDeps } from '../consensus/core.ts';
import type { ClientId, ClusterId, Digest, NodeId, Signature } from '../consensus/model/ids.ts';
import type { Body, PeerMessage, Refusal, RefusalBody } from '../consensus/model/message.ts';
import type { RequestStatement } from '../consensus/model/request.ts';
import type {
  BodyStatement,
  NodeStatement,
  ReadStatement,
  Signed,
} from '../consensus/model/statement.ts';
import { signingBytes, writeSigning } from '../consensus/model/statement.ts';
import type { Ed25519 } from './ed25519.ts';
import type { AnyBody } from './verify.ts';

export interface SignerOptions {
  readonly self: NodeId;
  /** 32 bytes (RFC 8032). */
  readonly secretKey: Uint8Array;
  readonly clusterId: ClusterId;
  readonly digest: Digest;
}

export interface SignerDeps {
  readonly ed25519: Ed25519;
  /** `wire/body.ts`. */
  readonly encodeBody: (body: AnyBody) => Uint8Array;
  /** Where given, sees everything that was signed: `Verifier.remember` (M6). */
  readonly onSigned?: (signed: Signed) => void;
}

export interface Signer {
  readonly sign: CoreDeps['sign'];
  readonly signBody: CoreDeps['signBody'];
  readonly signRefusal: (body: RefusalBody) => Refusal;
}

/** A node's signer. The same statement always gets the same bytes: Ed25519 is deterministic. */
export function makeSigner(options: SignerOptions, deps: SignerDeps): Signer {
  const { self, secretKey, clusterId, digest } = options;
  const { ed25519, encodeBody, onSigned } = deps;
  const sign = <S extends NodeStatement>(statement: S): Signed<S> => {
    const signature = Writer.passing(
      (writer) => writeSigning(writer, clusterId, self, statement),
      (bytes) => ed25519.sign(bytes, secretKey),
    );
    const signed: Signed<S> = { signer: self, statement, signature };
    onSigned?.(signed);
    return signed;
  };
  const signDigest = (body: AnyBody): Signed<BodyStatement> =>
    sign({ kind: body.kind, bodyDigest: digest(encodeBody(body)) });
  return {
    sign,
    signBody: (body: Body): PeerMessage => ({ ...body, signed: signDigest(body) }),
    signRefusal: (body) => ({
      kind: 'refusal',
      body,
      signed: signDigest({ kind: 'refusal', body }),
    }),
  };
}

export interface ClientSignerOptions {
  readonly self: ClientId;
  readonly secretKey: Uint8Array;
  readonly clusterId: ClusterId;
}

/** A client's signer: of its requests and its reads (C1, C5). */
export function makeClientSigner(
  { self, secretKey, clusterId }: ClientSignerOptions,
  { ed25519 }: { readonly ed25519: Ed25519 },
): (statement: RequestStatement | ReadStatement) => Signature {
  return (statement) => ed25519.sign(signingBytes(clusterId, self, statement), secretKey);
}
