/** Section 1: what quorums and blocking sets are for, under both models of faults. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { VoterSets } from '../../src/consensus/model/configuration.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Faults } from '../../src/consensus/model/quorum.ts';
import {
  blockingSize,
  blockingValue,
  faultsTolerated,
  isBlockingSet,
  isQuorum,
  nobodyLies,
  quorumSize,
  quorumValue,
} from '../../src/consensus/model/quorum.ts';

const SIZES = Array.from({ length: limits.votersMax }, (_, i) => i + 1);
const MODELS: readonly (readonly [string, Faults])[] = [
  ['up to a third lies', faultsTolerated],
  ['nobody lies', nobodyLies],
];

const setOf = (size: number): NodeId[] =>
  Array.from({ length: size }, (_, i) => `n${String(i).padStart(2, '0')}` as NodeId);
const valueIn = (values: readonly number[]) => (id: NodeId) => values[Number(id.slice(1))] ?? 0;

describe.each(MODELS)('%s', (_, faults) => {
  test('two quorums share a voter that does not lie', () => {
    for (const n of SIZES) expect(2 * quorumSize(n, faults) - n).toBeGreaterThan(faults(n));
  });

  test('no smaller set would do', () => {
    for (const n of SIZES)
      expect(2 * (quorumSize(n, faults) - 1) - n).toBeLessThanOrEqual(faults(n));
  });

  test('a blocking set has one that does not lie', () => {
    for (const n of SIZES) expect(blockingSize(n, faults)).toBe(faults(n) + 1);
  });

  test('sets are counted by the sizes of the model, in both halves of a joint configuration', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SIZES),
        fc.constantFrom(...SIZES),
        fc.integer({ min: 0, max: limits.votersMax }),
        (a, b, count) => {
          const sets: VoterSets = [setOf(a), setOf(b)];
          const signers = new Set(setOf(count));
          const enough = (size: (voters: number, faults: Faults) => number): boolean =>
            [a, b].every((n) => Math.min(n, count) >= size(n, faults));
          expect(isQuorum(sets, signers, faults)).toBe(enough(quorumSize));
          expect(isBlockingSet(sets, signers, faults)).toBe(enough(blockingSize));
        },
      ),
    );
  });

  test('values are those that a quorum, and a blocking set, reaches', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: limits.votersMax }), (values) => {
        const voters = setOf(values.length);
        const sets: VoterSets = [voters];
        const reaching = (value: number): ReadonlySet<NodeId> =>
          new Set(voters.filter((id) => valueIn(values)(id) >= value));
        const agreed = quorumValue(sets, valueIn(values), faults);
        expect(isQuorum(sets, reaching(agreed), faults)).toBe(true);
        expect(isQuorum(sets, reaching(agreed + 1), faults)).toBe(false);
        const witnessed = blockingValue(sets, valueIn(values), faults);
        expect(isBlockingSet(sets, reaching(witnessed), faults)).toBe(true);
        expect(isBlockingSet(sets, reaching(witnessed + 1), faults)).toBe(false);
      }),
    );
  });
});

test('where a third may lie, the honest voters alone are a quorum', () => {
  for (const n of SIZES) expect(n - faultsTolerated(n)).toBeGreaterThanOrEqual(quorumSize(n));
});

test('where nobody lies, a quorum is a majority and any voter is believed', () => {
  const majorities = [1, 2, 2, 3, 3, 4, 4];
  expect([1, 2, 3, 4, 5, 6, 7].map((n) => quorumSize(n, nobodyLies))).toEqual(majorities);
  for (const n of SIZES) expect(blockingSize(n, nobodyLies)).toBe(1);
});

test('Tangaroa counts unless another model is named', () => {
  for (const n of SIZES) {
    expect(quorumSize(n)).toBe(quorumSize(n, faultsTolerated));
    expect(blockingSize(n)).toBe(blockingSize(n, faultsTolerated));
  }
});
