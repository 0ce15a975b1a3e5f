import { describe, expect, test } from 'vitest';
import { parseTransaction } from '../../src/cli/input/transaction.ts';

const parse = (value: unknown) => parseTransaction(Buffer.from(JSON.stringify(value)));
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));

describe('transactions in JSON', () => {
  test('the example of the documentation', () => {
    expect(
      parse({
        if: [
          { key: 'lock', exists: false },
          { key: 'seats', relation: 'greater', counter: '0' },
          { key: 'plan', revision: '17.2' },
          { key: 'new', revision: '0.0' },
          { keyHex: 'ff', valueBase64: 'AA==' },
        ],
        then: [
          { type: 'put', key: 'lock', value: 'me' },
          { type: 'increment', key: 'seats', by: '-1' },
          { type: 'increment', key: 'seats' },
          { type: 'delete', key: 'old' },
        ],
        else: [{ type: 'get', key: 'lock' }],
      }),
    ).toEqual({
      compares: [
        { type: 'exists', key: bytes('lock'), exists: false },
        { type: 'value', key: bytes('seats'), relation: 'greater', value: 0n },
        {
          type: 'revision',
          key: bytes('plan'),
          relation: 'equal',
          revision: (17n << 32n) + 2n,
        },
        {
          type: 'revision',
          key: bytes('new'),
          relation: 'equal',
          revision: 0n,
        },
        { type: 'value', key: Uint8Array.of(0xff), relation: 'equal', value: Uint8Array.of(0) },
      ],
      then: [
        { type: 'put', key: bytes('lock'), value: bytes('me') },
        { type: 'increment', key: bytes('seats'), by: -1n },
        { type: 'increment', key: bytes('seats'), by: 1n },
        { type: 'delete', key: bytes('old') },
      ],
      else: [{ type: 'get', key: bytes('lock') }],
    });
  });

  test.each([
    [{ iff: [] }, 'has an unknown field "iff"'],
    [{ if: {} }, 'field "if" is not an array'],
    [{ if: [{ key: 'a' }] }, '"if"[0] needs one of'],
    [{ if: [{ key: 'a', exists: true, value: '' }] }, '"if"[0] needs one of'],
    [{ if: [{ key: 'a', exists: 'yes' }] }, '"if"[0] field "exists" is not true or false'],
    [{ if: [{ key: 'a', exists: true, relation: 'equal' }] }, 'unknown field "relation"'],
    [
      { if: [{ key: 'a', value: '', relation: '<' }] },
      'not one of equal, not-equal, less, greater',
    ],
    [{ if: [{ key: 'a', revision: '17' }] }, 'not a revision'],
    [
      {
        then: [
          { type: 'put', key: 'a', value: '' },
          { type: 'put', key: 'a' },
        ],
      },
      '"then"[1] has no "value"',
    ],
    [{ then: [{ key: 'a' }] }, '"then"[0] has no "type"'],
    [{ else: [{ type: 'get', key: 'a', by: '1' }] }, '"else"[0] has an unknown field "by"'],
    [{ then: Array(129).fill({ type: 'get', key: 'a' }) }, '"then" has 129 items'],
    [{ else: ['get'] }, '"else"[0] is not a JSON object'],
    [{ then: [{ type: 'increment', key: 'a', by: 2 ** 60 }] }, 'not a 64-bit number in a string'],
  ])('%j is refused by name', (value, reason) => {
    expect(parse(value)).toContain(reason);
  });
});
