/** M1, M6: what a signature covers, and when it is checked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/base/bytes.ts';
import { positionOf } from '../../src/consensus/model/entry.ts';
import type { ClusterId, Term } from '../../src/consensus/model/ids.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import type { Ed25519 } from '../../src/crypto/ed25519.ts';
import { portableEd25519 } from '../../src/crypto/ed25519.ts';
import { makeSigner } from '../../src/crypto/sign.ts';
import { VerifiedSignatures } from '../../src/crypto/verified-signatures.ts';
import { makeVerifier } from '../../src/crypto/verify.ts';

import { encodeBody } from '../../src/wire/body.ts';
import {
  bundleOf,
  certificateOf,
  chainOf,
  fakeEd25519,
  makeTestCluster,
  responseOf,
  suspicionOf,
  testSecretKey,
  item,
} from '../fixtures-crypto.ts';

/** Counts how often a signature is really checked. */
function counting(): { readonly ed25519: Ed25519; count: number } {
  const counter = { count: 0, ed25519: fakeEd25519 };
  counter.ed25519 = {
    ...fakeEd25519,
    verify(...args) {
      counter.count++;
      return fakeEd25519.verify(...args);
    },
  };
  return counter;
}

describe('M6: verified (statement, signature) pairs', () => {
  it('are remembered: a certificate made of them is checked for free', () => {
    const counter = counting();
    const cluster = makeTestCluster(4, counter);
    const chain = chainOf(cluster, 1).slice(1);
    const certificate = certificateOf(cluster, 'prepare', chain);
    for (const signed of certificate.responses)
      cluster.verifier.peerMessage({ kind: 'append-entries-response', signed });
    expect(counter.count).toBe(3);
    expect(cluster.verifier.certificate(certificate).type).toBe('verified');
    expect(cluster.verifier.certificate(certificate).type).toBe('verified');
    expect(counter.count).toBe(3);
  });

  it('are pairs: other signature bytes for the same statement are verified anew', () => {
    const counter = counting();
    const cluster = makeTestCluster(4, counter);
    const signed = responseOf(cluster, item(cluster.nodes, 0), 1, positionOf(cluster.genesis));
    const message = { kind: 'append-entries-response', signed } as const;
    expect(cluster.verifier.peerMessage(message).type).toBe('verified');
    const other = { ...message, signed: { ...signed, signature: new Uint8Array(64) } };
    expect(cluster.verifier.peerMessage(other).type).toBe('invalid');
    expect(cluster.verifier.peerMessage(other).type).toBe('invalid');
    expect(counter.count).toBe(3);
  });

  it('include what the node signed itself', () => {
    const counter = counting();
    const cluster = makeTestCluster(4, counter);
    const signer = makeSigner(
      {
        self: item(cluster.nodes, 0),
        secretKey: testSecretKey(0),
        clusterId: cluster.clusterId,
        digest: portableDigest,
      },
      { ...counter, encodeBody, onSigned: (signed) => cluster.verifier.remember(signed) },
    );
    const signed = signer.sign({
      kind: 'suspect',
      epoch: cluster.epoch,
      wanted: 2 as Term,
      reason: 'silent',
    });
    expect(cluster.verifier.peerMessage({ kind: 'suspect', signed, certificate: null }).type).toBe(
      'verified',
    );
    expect(counter.count).toBe(0);
  });

  it('stay within their bound, and what is used stays longest', () => {
    const cache = new VerifiedSignatures(10);
    cache.add('used');
    for (let i = 0; i < 1_000; i++) {
      cache.add(`key ${i}`);
      expect(cache.has('used')).toBe(true);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
    expect(cache.has('key 999')).toBe(true);
    expect(cache.has('key 1')).toBe(false);
  });
});

describe('M1: a signature', () => {
  const cluster = makeTestCluster(4, { ed25519: portableEd25519 });
  const signed = responseOf(cluster, item(cluster.nodes, 0), 1, positionOf(cluster.genesis));

  it('holds in one cluster only', () => {
    const message: PeerMessage = { kind: 'append-entries-response', signed };
    const options = { keyring: cluster.keyring, digest: portableDigest };
    const deps = { ed25519: portableEd25519, encodeBody, encodeResults: () => new Uint8Array(0) };
    const in_ = (clusterId: ClusterId): string =>
      makeVerifier({ ...options, clusterId }, deps).peerMessage(message).type;
    expect(in_(cluster.clusterId)).toBe('verified');
    expect(in_('c2'.repeat(32) as ClusterId)).toBe('invalid');
  });

  it('holds for one kind of statement: a vote is no refusal', () => {
    const { votes } = bundleOf(cluster, 1);
    const vote = item(votes, 0);
    const as = cluster.signer(vote.signer).sign({ ...vote.statement, kind: 'vote-refusal' });
    expect(as.signature).not.toEqual(vote.signature);
    expect(
      cluster.verifier.bundle({ votes: [{ ...vote, signature: as.signature }, ...votes.slice(1)] })
        .type,
    ).toBe('invalid');
  });

  it('is deterministic: a repeated message is the same bytes (M3)', () => {
    const again = cluster.signer(item(cluster.nodes, 0)).sign(signed.statement);
    expect(again).toEqual(signed);
  });

  it('verifies under the real rule as under the cheap one of the tests', () => {
    expect(cluster.verifier.bundle(bundleOf(cluster, 1)).type).toBe('verified');
    expect(cluster.verifier.suspicion(suspicionOf(cluster, 2), 2 as Term).type).toBe('verified');
  });
});

it('the cheap Ed25519 of the tests notices every change', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 });
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(key, key, bytes, fc.nat(1_000), (secretKey, otherKey, message, at) => {
      const publicKey = fakeEd25519.publicKey(secretKey);
      const signature = fakeEd25519.sign(message, secretKey);
      expect(fakeEd25519.verify(signature, message, publicKey)).toBe(true);
      const changed = Uint8Array.from(message);
      const i = at % message.length;
      changed[i] = item([...message], i) ^ 1;
      expect(fakeEd25519.verify(signature, changed, publicKey)).toBe(false);
      fc.pre(toHex(otherKey) !== toHex(secretKey));
      expect(fakeEd25519.verify(signature, message, fakeEd25519.publicKey(otherKey))).toBe(false);
    }),
  );
});
