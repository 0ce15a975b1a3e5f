/** The handshake (L1) as an attacker speaks it: any name under any key, step by step, and what comes back. */
import { randomBytes } from 'node:crypto';
import { toHex } from '../../../src/base/bytes.ts';
import { NONCE_BYTES, PROTOCOL_VERSION } from '../../../src/consensus/model/handshake.ts';
import type {
  Answer,
  Challenge,
  HandshakeFrame,
  Hello,
  LinkRole,
  RejectCode,
} from '../../../src/consensus/model/handshake.ts';
import type { ClusterId, Epoch, Signature } from '../../../src/consensus/model/ids.ts';
import type { HandshakeStatement } from '../../../src/consensus/model/statement.ts';
import { STATEMENT_CODE, signingBytes } from '../../../src/consensus/model/statement.ts';
import { nodeEd25519 } from '../../../src/node/native-crypto.ts';
import { decodeHandshake, encodeHandshake } from '../../../src/wire/handshake.ts';
import type { RawLink } from './link.ts';

export type Pen = (message: Uint8Array) => Signature;

/** Who it says it is, which need not be so, and the key that it has. */
export interface Claim {
  readonly clusterId: ClusterId;
  readonly role: LinkRole;
  readonly id: string;
  readonly epoch: Epoch;
  readonly pen: Pen;
  readonly version?: number;
}

/** What came of a handshake. `hello`, `answer`: what was sent last. */
export type Outcome =
  | { readonly type: 'welcomed' }
  | {
      readonly type: 'rejected';
      readonly after: 'hello' | 'answer';
      readonly code: RejectCode;
      readonly reason: string;
    }
  /** Closed without a Reject. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  | { readonly type: 'unanswered' }
  /** Something else than a handshake came: what nobody may see who has proven nothing. */
  | { readonly type: 'leaked'; readonly frame: Uint8Array };

const ANSWER_MS = 6_000;

const ed25519 = nodeEd25519();

export function penOf(secretKey: Uint8Array): Pen {
  return (message) => ed25519.sign(message, secretKey);
}

export function freshKey(): { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array } {
  const secretKey = new Uint8Array(randomBytes(32));
  return { secretKey, publicKey: ed25519.publicKey(secretKey) };
}

export function freshNonce(): string {
  return toHex(new Uint8Array(randomBytes(NONCE_BYTES)));
}

/** Whether a frame is one of the handshake's; all others are of the data that only proven ends may see. */
export function isHandshake(frame: Uint8Array): boolean {
  return frame[1] === STATEMENT_CODE.handshake;
}

export function helloOf(claim: Claim, nonce: string = freshNonce()): Hello {
  const { clusterId, role, id, epoch, version = PROTOCOL_VERSION } = claim;
  return { kind: 'hello', version, clusterId, role, id, nonce, epoch };
}

/** An end's proof, under the claim's own key. */
export function proofOf(
  side: HandshakeStatement['side'],
  { clusterId, role, id, nonce, epoch }: Hello,
  acceptor: Pick<Challenge, 'id' | 'nonce'>,
  pen: Pen,
): Signature {
  const statement: HandshakeStatement = {
    kind: 'handshake',
    role,
    side,
    initiator: id,
    acceptor: acceptor.id,
    initiatorNonce: nonce,
    acceptorNonce: acceptor.nonce,
    epoch,
  };
  return pen(signingBytes(clusterId, side === 'initiator' ? id : acceptor.id, statement));
}

export function answerOf(hello: Hello, challenge: Challenge, pen: Pen): Answer {
  return { kind: 'answer', signature: proofOf('initiator', hello, challenge, pen) };
}

export function say(link: RawLink, frame: HandshakeFrame): void {
  link.send(encodeHandshake(frame));
}

/** The next frame of the handshake that one hopes for, or what came of it. */
export async function expectFrame<K extends HandshakeFrame['kind']>(
  link: RawLink,
  kind: K,
  after: 'hello' | 'answer',
): Promise<Extract<HandshakeFrame, { kind: K }> | Exclude<Outcome, { type: 'welcomed' }>> {
  const bytes = await link.next(ANSWER_MS);
  if (bytes === null)
    return link.ended === null ? { type: 'unanswered' } : { type: 'closed', ...link.ended };
  const decoded = decodeHandshake(bytes);
  if (!decoded.ok) return { type: 'leaked', frame: bytes };
  const frame = decoded.value;
  if (frame.kind === kind) return frame as Extract<HandshakeFrame, { kind: K }>;
  if (frame.kind === 'reject')
    return { type: 'rejected', after, code: frame.code, reason: frame.reason };
  return { type: 'closed', code: 0, reason: `a ${frame.kind} out of turn` };
}

/** The whole handshake as the side that dialed. */
export async function introduce(link: RawLink, claim: Claim): Promise<Outcome> {
  const hello = helloOf(claim);
  say(link, hello);
  const challenge = await expectFrame(link, 'challenge', 'hello');
  if ('type' in challenge) return challenge;
  say(link, answerOf(hello, challenge, claim.pen));
  const welcome = await expectFrame(link, 'welcome', 'answer');
  return 'type' in welcome ? welcome : { type: 'welcomed' };
}

/** In few words, always the same for the same fate. */
export function fateOf(outcome: Outcome | null): string {
  if (outcome === null) return 'not let in';
  switch (outcome.type) {
    case 'rejected':
      return `rejected: ${outcome.code}`;
    case 'closed':
      return `closed: ${outcome.code}`;
    default:
      return outcome.type;
  }
}
