import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baseOf } from '../../src/consensus/model/certificate.ts';
import {
  decodeAcceptedRecord,
  decodeEntryHeader,
  decodeEntryRecord,
  decodeTermRecord,
  encodeAcceptedRecord,
  encodeEntryRecord,
  encodeTermRecord,
} from '../../src/wire/record.ts';
import { anyCertificate, context, entry, term, epoch } from '../arbitraries.ts';
import { acceptedRecord, termRecord } from '../arbitrary-messages.ts';
import { hashOf } from './build.ts';
import { codecs } from './codecs.ts';

const records = codecs.filter(({ name }) => name.startsWith('record'));

test('D1: there is a record of everything that is durable', () => {
  expect(records.map(({ name }) => name.replace('record of ', ''))).toEqual([
    'an entry',
    'a term',
    'the accepted position',
    'a certificate',
    'a commit certificate',
    'evidence',
    'a vote',
  ]);
});

describe.each(records)('D1: damage to the $name', ({ sample, decode }) => {
  test('one flipped bit is found, wherever it is', () => {
    fc.assert(
      fc.property(sample, fc.nat(), fc.nat({ max: 7 }), ({ bytes }, at, bit) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at % bytes.length] = (damaged[at % bytes.length] as number) ^ (1 << bit);
        expect(decode(damaged)).toMatchObject({ ok: false });
      }),
      { numRuns: 100 },
    );
  });
});

test('D1: damage is called damage, another type and another version are called that', () => {
  const value = fc.sample(acceptedRecord, { numRuns: 1, seed: 7 })[0];
  if (value === undefined) throw new Error('one sample');
  const record = encodeAcceptedRecord(value, context.digest);
  const changed = (at: number, to: number): Uint8Array => record.with(at, to);
  expect(decodeAcceptedRecord(changed(20, (record[20] as number) ^ 1), context)).toEqual({
    ok: false,
    reason: 'damaged: its bytes are not those that were written',
  });
  expect(decodeAcceptedRecord(changed(0, 9), context)).toEqual({
    ok: false,
    reason: 'a record of version 9 where 1 is known',
  });
  expect(decodeTermRecord(record, context)).toEqual({
    ok: false,
    reason: 'not a record of type term',
  });
});

test('D1: a header is read from its entry without the payload, and is the same', () => {
  fc.assert(
    fc.property(entry, (value) => {
      const record = encodeEntryRecord(value);
      const { header, hash } = value;
      expect(decodeEntryHeader(record, context)).toEqual({ ok: true, value: { header, hash } });
    }),
    { numRuns: 50 },
  );
});

test('D1: an entry that another took the place of has another hash', () => {
  fc.assert(
    fc.property(entry, entry, (one, other) => {
      fc.pre(one.hash !== other.hash);
      const bytes = encodeEntryRecord(other);
      const forged = Uint8Array.of(...bytes.subarray(0, -32), ...encodeEntryRecord(one).slice(-32));
      const reason = { ok: false, reason: 'the entry has another hash' };
      expect(decodeEntryRecord(forged, context)).toEqual(reason);
      expect(decodeEntryHeader(forged, context)).toEqual(reason);
    }),
    { numRuns: 20 },
  );
});

test('E3: a certified base that is not its certificate is our bug, and never written', () => {
  fc.assert(
    fc.property(termRecord, anyCertificate, term, epoch, (record, certificate, t, e) => {
      const base = baseOf(certificate);
      const lock = { ...base, position: { ...base.position, hash: hashOf('ee') } };
      const broken = { ...record, term: t, epoch: e, lock };
      expect(() => encodeTermRecord(broken, context.digest)).toThrow('a base is certified');
    }),
    { numRuns: 10 },
  );
});
