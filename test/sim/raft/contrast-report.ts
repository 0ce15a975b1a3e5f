/** `npm run sim -- --contrast`: what one liar does to plain Raft, told for a person. */
import { runSeed, SimFailure } from '../run.ts';
import type { Fixed } from '../plan.ts';
import { raftAttackOf } from './adversary/catalogue.ts';
import type { Lie } from './contrast.ts';
import { BROKEN, LIES, onRaft, onTangaroa } from './contrast.ts';

/** Seeds with a traitor under Tangaroa, for each lie. */
const TANGAROA_SEEDS = 5;

/** The first seed that fails, of those that `counts`; null where none does. */
async function firstFailure(
  fixed: Fixed,
  seeds: number,
  counts: (failure: SimFailure) => boolean,
): Promise<{ readonly seed: number; readonly failure: SimFailure } | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await runSeed(seed, fixed);
    } catch (error) {
      if (!(error instanceof SimFailure)) throw error;
      if (counts(error)) return { seed, failure: error };
    }
  }
  return null;
}

/** Writes the report; whether all came as it must: every lie breaks plain Raft, and none breaks Tangaroa. */
export async function reportContrast(write: (text: string) => void): Promise<boolean> {
  write('One node lies, in clusters of a size at which Tangaroa stands one.\n');
  let isAsExpected = true;
  for (const lie of LIES) isAsExpected = (await reportLie(lie, write)) && isAsExpected;
  return isAsExpected;
}

async function reportLie(lie: Lie, write: (text: string) => void): Promise<boolean> {
  const { name, nodes, seeds, counterparts } = lie;
  write(`\n${name}: one of ${nodes} nodes ${raftAttackOf(name).tries}\n`);
  const raft = await firstFailure(onRaft(lie), seeds, ({ checker }) => BROKEN.has(checker));
  write(
    raft === null
      ? `  plain Raft  nothing broke in ${seeds} seeds\n`
      : `  plain Raft  seed ${raft.seed}: ${raft.failure.broken}\n              ${raft.failure.replay}\n`,
  );
  const tangaroa = await firstFailure(onTangaroa(lie), TANGAROA_SEEDS, () => true);
  const tried = counterparts.join(', ');
  write(
    tangaroa === null
      ? `  Tangaroa    nothing broke in ${TANGAROA_SEEDS} seeds (${tried})\n`
      : `  Tangaroa    seed ${tangaroa.seed}: ${tangaroa.failure.broken}\n              ${tangaroa.failure.replay}\n`,
  );
  return raft !== null && tangaroa === null;
}
