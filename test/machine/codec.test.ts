import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/base/binary.ts';
import { limits } from '../../src/base/limits.ts';
import { decodeCommand, encodeCommand, type Command } from '../../src/machine/command.ts';
import { commandProblem } from '../../src/machine/command-problem.ts';
import {
  decodeQuery,
  decodeQueryResult,
  encodeQuery,
  encodeQueryResult,
  type Query,
  type QueryResult,
} from '../../src/machine/query.ts';
import { decodeResult, encodeResult, RESULT_CODES } from '../../src/machine/result.ts';
import { compareBytes } from '../../src/base/bytes.ts';
import { COUNTER_MAX, prefixRange } from '../../src/machine/value.ts';
import { anyKeys, commands, results, values } from './arbitraries.ts';
import { sha256 } from './support.ts';

const anyCommands = commands(anyKeys, values);

/** Bytes that are one thing or nothing: what decodes is encoded the same again. */
function canonical<T>(
  decode: (bytes: Uint8Array) => { ok: true; value: T } | { ok: false; reason: string },
  encode: (value: T) => Uint8Array,
): (bytes: Uint8Array) => void {
  return (bytes) => {
    const decoded = decode(bytes);
    if (decoded.ok) expect(encode(decoded.value)).toEqual(bytes);
    else expect(decoded.reason).not.toBe('');
  };
}

/** Valid bytes with one of them changed, cut or lengthened: nearer to the mark than random ones. */
function damaged(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(bytes, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 2 }))
    .map(([from, at, to, how]) => {
      const place = from.length === 0 ? 0 : at % from.length;
      if (how === 0) return from.slice(0, place);
      if (how === 1) return Uint8Array.from([...from, to]);
      const copy = from.slice();
      copy[place] = to;
      return copy;
    });
}

describe('commands', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(anyCommands, (command) => {
        expect(commandProblem(command)).toBeNull();
        expect(decodeCommand(encodeCommand(command))).toEqual({ ok: true, value: command });
      }),
    );
  });

  test('have one canonical form, and no bytes throw', () => {
    const check = canonical(decodeCommand, encodeCommand);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), check));
    fc.assert(fc.property(damaged(anyCommands.map(encodeCommand)), check), { numRuns: 1_000 });
  });

  test('are decoded exactly up to their limits, and a client is told the same beforehand', () => {
    const long = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const key = long(limits.keyBytesMax);
    const value = long(limits.valueBytesMax);
    const many = (count: number): Command => ({
      type: 'transaction',
      compares: Array.from({ length: count }, () => ({
        type: 'exists',
        key: long(1),
        exists: true,
      })),
      then: [],
      else: Array.from({ length: count }, () => ({ type: 'get', key: long(1) })),
    });
    const scan = (limit: number): Command => ({ type: 'scan', start: long(0), end: null, limit });
    const good: Command[] = [{ type: 'put', key, value }, many(128), scan(1), scan(2_048)];
    for (const command of good) {
      expect(commandProblem(command)).toBeNull();
      expect(decodeCommand(encodeCommand(command)).ok).toBe(true);
    }
    const bad: [Command, string][] = [
      [{ type: 'put', key, value: long(limits.valueBytesMax + 1) }, 'value-too-large'],
      [{ type: 'put', key: long(limits.keyBytesMax + 1), value }, 'key-too-large'],
      [{ type: 'get', key: long(0) }, 'key-empty'],
      [many(129), 'too-many-operations'],
      [scan(0), 'limit-out-of-range'],
      [scan(2_049), 'limit-out-of-range'],
    ];
    for (const [command, problem] of bad) {
      expect(commandProblem(command)).toBe(problem);
      expect(decodeCommand(encodeCommand(command)).ok).toBe(false);
    }
  });

  test('that cannot be encoded at all have a problem', () => {
    const key = Uint8Array.of(1);
    expect(commandProblem({ type: 'put', key, value: COUNTER_MAX + 1n })).toBe(
      'counter-out-of-range',
    );
    expect(commandProblem({ type: 'increment', key, by: -(1n << 63n) - 1n })).toBe(
      'counter-out-of-range',
    );
    const revision = { index: 1.5, order: 0 };
    const compares = [{ type: 'revision', key, relation: 'equal', revision } as const];
    expect(commandProblem({ type: 'transaction', compares, then: [], else: [] })).toBe(
      'revision-out-of-range',
    );
    const put = { type: 'put', key, value: new Uint8Array(limits.valueBytesMax) } as const;
    expect(commandProblem({ type: 'transaction', compares: [], then: [put, put], else: [] })).toBe(
      'command-too-large',
    );
  });
});

describe('results', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(results, (result) => {
        expect(decodeResult(encodeResult(result))).toEqual({ ok: true, value: result });
      }),
    );
  });

  test('have one canonical form, and no bytes throw', () => {
    const check = canonical(decodeResult, encodeResult);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), check));
    fc.assert(fc.property(damaged(results.map(encodeResult)), check), { numRuns: 1_000 });
  });

  test('keep their codes: nodes of two versions must write the same bytes', () => {
    expect(RESULT_CODES.slice(0, 11)).toEqual([
      'invalid-command',
      'forbidden',
      'not-a-counter',
      'counter-overflow',
      'result-too-large',
      'too-many-operations',
      'busy',
      'sequence-reused',
      'too-old',
      'invalid-request',
      'invalid-query',
    ]);
    expect(encodeResult({ type: 'error', code: 'too-old', operation: null })).toEqual(
      Uint8Array.of(0, 8, 0),
    );
  });
});

describe('queries', () => {
  const queries: fc.Arbitrary<Query> = fc.oneof(
    anyCommands.filter((command) => command.type === 'get' || command.type === 'scan'),
    fc.constantFrom<Query>({ type: 'session' }, { type: 'state' }),
  );
  const numbers = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const hash = sha256(new Uint8Array());
  const answers: fc.Arbitrary<QueryResult> = fc.oneof(
    results.filter((result) =>
      ['get', 'scan', 'error'].includes(result.type),
    ) as fc.Arbitrary<QueryResult>,
    fc.record({ type: fc.constant('session' as const), acknowledged: numbers, executed: numbers }),
    fc.constant<QueryResult>({ type: 'state', index: 7, hash, digest: sha256(Uint8Array.of(1)) }),
  );

  test('and their answers come back as they were', () => {
    fc.assert(
      fc.property(queries, answers, (query, answer) => {
        expect(decodeQuery(encodeQuery(query))).toEqual({ ok: true, value: query });
        expect(decodeQueryResult(encodeQueryResult(answer))).toEqual({ ok: true, value: answer });
      }),
    );
  });

  test('have one canonical form, and no bytes throw', () => {
    const query = canonical(decodeQuery, encodeQuery);
    const answer = canonical(decodeQueryResult, encodeQueryResult);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), query));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), answer));
    fc.assert(fc.property(damaged(queries.map(encodeQuery)), query), { numRuns: 500 });
    fc.assert(fc.property(damaged(answers.map(encodeQueryResult)), answer), { numRuns: 500 });
  });

  test('write nothing: a command that writes is no query', () => {
    const put = encodeCommand({ type: 'put', key: Uint8Array.of(1), value: 1n });
    expect(decodeQuery(put).ok).toBe(false);
    expect(decodeQuery(new Uint8Array()).ok).toBe(false);
    expect(decodeQuery(new Writer(1).u8(0xff).finish()).ok).toBe(false);
  });
});

test('a prefix is the range of the keys that begin with it', () => {
  const startsWith = (key: Uint8Array, prefix: Uint8Array): boolean =>
    key.length >= prefix.length && prefix.every((byte, i) => key[i] === byte);
  const bytes = fc
    .array(fc.constantFrom(0, 1, 254, 255), { maxLength: 4 })
    .map((b) => Uint8Array.from(b));
  fc.assert(
    fc.property(bytes, bytes, (prefix, key) => {
      const { start, end } = prefixRange(prefix);
      const inside = compareBytes(key, start) >= 0 && (end === null || compareBytes(key, end) < 0);
      expect(inside).toBe(startsWith(key, prefix));
    }),
    { numRuns: 1_000 },
  );
});

test('a prefix is left as it was, also where it is a Buffer', () => {
  const prefix = Buffer.from('ab');
  expect(prefixRange(prefix).end).toEqual(Uint8Array.from(Buffer.from('ac')));
  expect(prefix.toString()).toBe('ab');
});
