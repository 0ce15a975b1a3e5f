/** Evidence as a file: one form, each field checked against the bytes, and bounds. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { evidenceId, subjectOf } from '../../src/consensus/model/evidence.ts';
import type { ClusterId, NodeId } from '../../src/consensus/model/ids.ts';
import type { EvidenceBody } from '../../src/consensus/model/message.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { portableEd25519 } from '../../src/crypto/ed25519.ts';
import { decodeEvidence, encodeEvidence } from '../../src/wire/evidence.ts';
import { formatEvidenceLine, parseEvidenceLine } from '../../src/wire/evidence-file.ts';
import { testSecretKey } from '../fixtures-crypto.ts';
import { contradict, signerOf } from '../true-evidence.ts';
import type { EvidencePlan } from '../true-evidence.ts';

const CLUSTER = 'c1'.repeat(32) as ClusterId;
const CULPRIT = 'node3' as NodeId;
const GOLDEN = new URL('../fixtures/evidence.jsonl', import.meta.url);

const signer = signerOf(
  { self: CULPRIT, secretKey: testSecretKey(3), clusterId: CLUSTER },
  portableEd25519,
);
const make = (plan?: EvidencePlan): EvidenceBody => contradict(CULPRIT, signer, plan);
const lineOf = (body: EvidenceBody): string => formatEvidenceLine(CLUSTER, body, portableDigest);
const idOf = (body: EvidenceBody): string => evidenceId(CLUSTER, subjectOf(body), portableDigest);

const PLANS: readonly EvidencePlan[] = [
  {},
  { above: 0, index: 413, term: 8 },
  { kind: 'append-entries-response' },
];

function reasonOf(text: string): string {
  const parsed = parseEvidenceLine(text, portableDigest);
  return parsed.ok ? 'taken' : parsed.reason;
}

test('a file is, byte for byte, what it was yesterday', () => {
  const text = PLANS.map((plan) => `${lineOf(make(plan))}\n`).join('');
  expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
});

test.each(PLANS)('a line gives back what was written: %o', (plan) => {
  const body = make(plan);
  const parsed = parseEvidenceLine(lineOf(body), portableDigest);
  expect(parsed).toEqual({ ok: true, value: { clusterId: CLUSTER, id: idOf(body), body } });
});

test('a line that is none says which field is wrong, and how', () => {
  const line = lineOf(make());
  const fields = JSON.parse(line) as Record<string, unknown>;
  const changed = (change: Record<string, unknown>): string =>
    reasonOf(JSON.stringify({ ...fields, ...change }));
  expect(changed({})).toBe('taken');
  expect(changed({ tangaroa: 'genesis' })).toBe('field "tangaroa" is "genesis", not "evidence"');
  expect(changed({ version: 2 })).toBe('field "version" is 2: this program knows version 1');
  expect(changed({ clusterId: 'C1' })).toBe('field "clusterId" is not 64 hexadecimal digits');
  expect(changed({ culprit: 'node4' })).toBe(
    'field "culprit" is "node4", but its bytes say "node3"',
  );
  expect(changed({ term: '8' })).toBe('field "term" is "8", but its bytes say "7"');
  expect(parseEvidenceLine(line.replace('"7"', '"8"'), portableDigest)).toMatchObject({
    fault: 'not-proven',
  });
  expect(parseEvidenceLine('{}', portableDigest)).toMatchObject({ fault: 'unreadable' });
  expect(changed({ term: 7 })).toBe('field "term" is 7, but its bytes say "7"');
  expect(changed({ index: '1' })).toMatch(/^field "index"/u);
  expect(changed({ kind: 'vote' })).toMatch(/^field "kind"/u);
  expect(changed({ hashes: [] })).toMatch(/^field "hashes" is a list, but its bytes say \["/u);
  expect(changed({ hashes: {} })).toMatch(/^field "hashes" is an object, but/u);
  expect(changed({ hashes: null })).toMatch(/^field "hashes" is nothing, but/u);
  expect(changed({ id: 'ab'.repeat(32) })).toMatch(/^field "id"/u);
  expect(changed({ bytes: 'AAA' })).toBe('field "bytes" is not base64');
  expect(changed({ bytes: 'AAAA' })).toMatch(/^field "bytes" holds no evidence: not a node id$/u);
  expect(changed({ more: 1 })).toBe('unknown field "more"');
  expect(changed({ bytes: undefined })).toBe('field "bytes" is missing');
  expect(reasonOf('')).toBe('not JSON: the line is empty');
  expect(reasonOf('evidence')).toBe('not JSON');
  expect(reasonOf(`\ufeff${line}`)).toBe('not JSON: it begins with a byte order mark');
  for (const length of [1, 20, line.length - 1])
    expect(reasonOf(line.slice(0, length))).toBe('not JSON: it ends before it is whole');
  expect(reasonOf('[1]')).toBe('not a JSON object');
  expect(reasonOf(JSON.stringify({ ...fields, id: 'x'.repeat(10_000) })).length).toBeLessThan(400);
});

test('a line has one form: spaces, another order, a carriage return or a field twice are refused', () => {
  const line = lineOf(make());
  const fields = JSON.parse(line) as Record<string, unknown>;
  const reversed = Object.fromEntries(Object.entries(fields).reverse());
  const twice = line.replace('"epoch"', '"epoch":"0","epoch"');
  for (const text of [
    JSON.stringify(fields, null, 2),
    JSON.stringify(reversed),
    `${line}\r`,
    twice,
  ])
    expect(reasonOf(text)).toBe('not written as `tangaroa evidence export` writes it');
});

test('a line has room for the longest evidence there is, and no more is looked at', () => {
  const body = make({ above: limits.fetchHeadersMax - 1 });
  const both = { ...body, culprit: 'n'.repeat(32) as NodeId, second: body.first };
  const largest = {
    ...both,
    first: { ...both.first, signed: { ...both.first.signed, signer: both.culprit } },
    second: { ...both.second, signed: { ...both.second.signed, signer: both.culprit } },
  };
  const bytes = encodeEvidence(largest);
  expect(bytes.length).toBeLessThanOrEqual(limits.evidenceBytesMax);
  expect(bytes.length).toBeGreaterThan(limits.evidenceBytesMax - 2_048);
  expect(decodeEvidence(bytes)).toEqual({ ok: true, value: largest });
  expect(reasonOf(lineOf(largest))).toBe('taken');
  expect(decodeEvidence(new Uint8Array(limits.evidenceBytesMax + 1))).toMatchObject({
    reason: `longer than ${limits.evidenceBytesMax} bytes`,
  });
  expect(reasonOf(' '.repeat(limits.evidenceLineBytesMax + 1))).toMatch(/^longer than/u);
});

test('a field that is as deep as a line is long is refused, not choked on', () => {
  const fields = JSON.parse(lineOf(make())) as Record<string, unknown>;
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  for (const name of Object.keys(fields)) {
    const text = JSON.stringify({ ...fields, [name]: 0 }).replace(
      `"${name}":0`,
      `"${name}":${deep}`,
    );
    expect(reasonOf(text)).toContain(`field "${name}"`);
  }
  expect(reasonOf(deep)).toBe('not a JSON object');
});

test('whatever a line holds, nothing is thrown', () => {
  const line = lineOf(make());
  const texts = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc
      .record({ at: fc.nat(line.length - 1), by: fc.string({ unit: 'binary', maxLength: 3 }) })
      .map(({ at, by }) => line.slice(0, at) + by + line.slice(at + 1)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseEvidenceLine(text, portableDigest);
      if (parsed.ok) expect(lineOf(parsed.value.body)).toBe(text);
      else expect(parsed.reason).not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 500 },
  );
});
