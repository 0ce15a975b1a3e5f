/** Evidence by itself: its id, and how one piece is asked for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { evidenceId, isSameEvidence, subjectOf } from '../../src/consensus/model/evidence.ts';
import type { ClusterId, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { EvidenceBody } from '../../src/consensus/model/message.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { portableEd25519 } from '../../src/crypto/ed25519.ts';
import {
  decodeEvidence,
  decodeEvidenceAnswer,
  decodeEvidenceQuery,
  encodeEvidence,
  encodeEvidenceAnswer,
  encodeEvidenceQuery,
} from '../../src/wire/evidence.ts';
import { evidence as anyEvidence } from '../arbitrary-messages.ts';
import { testSecretKey } from '../fixtures-crypto.ts';
import { contradict, signerOf } from '../true-evidence.ts';
import type { EvidencePlan } from '../true-evidence.ts';

const CLUSTER = 'c1'.repeat(32) as ClusterId;
const CULPRIT = 'node3' as NodeId;

const signer = signerOf(
  { self: CULPRIT, secretKey: testSecretKey(3), clusterId: CLUSTER },
  portableEd25519,
);
const make = (plan?: EvidencePlan): EvidenceBody => contradict(CULPRIT, signer, plan);
const idOf = (body: EvidenceBody): string => evidenceId(CLUSTER, subjectOf(body), portableDigest);

describe('the id', () => {
  test('is the same whoever found it and whatever headers came along', () => {
    const [body, longer] = [make(), make({ above: 40, seed: 'other entries' })];
    for (const same of [longer, { ...body, first: body.second, second: body.first }]) {
      expect(isSameEvidence(body, same)).toBe(true);
      expect(idOf(same)).toBe(idOf(body));
    }
  });

  test('is another one for another culprit, epoch, term, kind, index or cluster', () => {
    const body = make();
    const others = [
      { ...body, culprit: 'node4' as NodeId },
      { ...body, epoch: 1 as never },
      make({ term: 8 }),
      make({ kind: 'append-entries-response' }),
      make({ index: 413 }),
    ];
    for (const other of others) expect(isSameEvidence(body, other)).toBe(false);
    const elsewhere = evidenceId('c2'.repeat(32) as ClusterId, subjectOf(body), portableDigest);
    const ids = [body, ...others].map(idOf);
    expect(new Set([...ids, elsewhere]).size).toBe(others.length + 2);
  });

  test('is what it was yesterday', () => {
    expect(idOf(make())).toBe('ef105a6457f29fef2a215f0c2b154e53619d69e506ce94c03663ac561d24cf9f');
  });
});

describe('the query', () => {
  test('round-trips, and is never one of the machine’s', () => {
    const id = idOf(make()) as never;
    const query = encodeEvidenceQuery(id);
    expect(query[0]).toBe(0xfe);
    expect(decodeEvidenceQuery(query)).toEqual({ ok: true, value: id });
    for (const wrong of [query.subarray(1), query.subarray(0, 20), Uint8Array.of(...query, 0)])
      expect(decodeEvidenceQuery(wrong).ok).toBe(false);
  });

  test('is answered with evidence or without', () => {
    expect(decodeEvidenceAnswer(encodeEvidenceAnswer(null))).toEqual({ ok: true, value: null });
    fc.assert(
      fc.property(anyEvidence, (body) => {
        expect(decodeEvidenceAnswer(encodeEvidenceAnswer(body))).toEqual({ ok: true, value: body });
        expect(decodeEvidence(encodeEvidence(body))).toEqual({ ok: true, value: body });
      }),
    );
    const answer = encodeEvidenceAnswer({ ...make(), index: 5 as LogIndex });
    expect(decodeEvidenceAnswer(answer.subarray(0, -1)).ok).toBe(false);
    expect(decodeEvidenceAnswer(new Uint8Array(limits.evidenceBytesMax + 2)).ok).toBe(false);
  });
});
