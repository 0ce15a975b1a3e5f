/** What the lab floods with is what it says: otherwise its attacks would test nothing. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import { RecheckBudget } from '../../src/crypto/recheck-budget.ts';
import { loadNative, nativeDigest, nodeEd25519 } from '../../src/node/native-crypto.ts';
import { STATEMENT_CODE } from '../../src/consensus/model/statement.ts';
import { decodeClientMessage } from '../../src/wire/client.ts';
import { decodePeerMessage } from '../../src/wire/peer.ts';
import { namingOf } from '../../src/wire/protocol.ts';
import { hostileEncodings } from '../../scripts/attack/attacks/exhaustion/encodings.ts';
import { binaryFrame } from '../../scripts/attack/rogue/flood-sockets.ts';
import { cofactoredPen } from '../../scripts/attack/rogue/flood-signature.ts';
import { makeTestCluster, testSecretKey } from '../fixtures-crypto.ts';

describe('L3: signatures that only noble accepts', () => {
  const secretKey = testSecretKey(1);
  const message = utf8('whatever is signed');
  const signature = cofactoredPen(secretKey)(message);
  const ed25519 = nodeEd25519();
  const publicKey = ed25519.publicKey(secretKey);

  test('a native library refuses them, the rule does not', () => {
    expect(loadNative().verify(signature, message, publicKey)).toBe(false);
    expect(ed25519.verify(signature, message, publicKey)).toBe(true);
  });

  test('they are of one message, and cost the budget', () => {
    expect(ed25519.verify(signature, utf8('something else'), publicKey)).toBe(false);
    const budget = new RecheckBudget(1);
    expect(ed25519.verify(signature, message, publicKey, budget)).toBe(true);
    expect(ed25519.verify(signature, message, publicKey, budget)).toBe(false);
    expect(budget.overdrawn).toBe(true);
  });
});

test('nobody can read a hostile encoding, whatever kind it says it is of', () => {
  const { clusterId } = makeTestCluster();
  const ctx = { clusterId, digest: nativeDigest, naming: namingOf('tangaroa', nativeDigest) };
  const kinds = Object.values(STATEMENT_CODE);
  const frames = ['node1', 'ab'.repeat(32)].flatMap((id) => hostileEncodings(kinds, id));
  const read = frames.filter(
    ({ frame }) => decodePeerMessage(frame, ctx).ok || decodeClientMessage(frame, ctx).ok,
  );
  expect(read.map(({ what }) => what)).toEqual([]);
});

describe('RFC 6455: a frame of binary data', () => {
  test('short', () => {
    const frame = binaryFrame(Uint8Array.of(7, 8, 9));
    expect([...frame]).toEqual([0x82, 0x83, 0, 0, 0, 0, 7, 8, 9]);
  });

  test('long, and only its beginning', () => {
    const frame = binaryFrame(Uint8Array.of(7), 65_537);
    expect([...frame]).toEqual([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 7]);
  });
});
