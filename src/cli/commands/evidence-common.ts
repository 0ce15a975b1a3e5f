/** What the commands about evidence share. */
import type { EvidenceView } from '../cluster/evidence-view.ts';
import { CliError } from '../cli-error.ts';
import type { World } from '../world.ts';

/** Each node is given so long. */
export const EVIDENCE_TIMEOUT_MS = 2_000;

/** Says on standard error that evidence may be missing, if it may. */
export async function tellMissing(view: EvidenceView, world: World): Promise<void> {
  const { answering, nodes } = view;
  if (answering === nodes) return;
  await world.err.write(
    `${answering} of ${nodes} nodes answer: evidence that only the others hold is not seen\n`,
  );
}

/**
 * For commands that need evidence to go on with.
 *
 * @throws CliError `unavailable` where no node answers, `not-found` where there can be no evidence
 */
export function demandAnswers(view: EvidenceView): void {
  if (view.answering === 0)
    throw new CliError('unavailable', `none of ${view.nodes} nodes answers`, {
      code: 'unreachable',
      hint: 'see tangaroa status',
      retryable: true,
    });
  if (!view.signs)
    throw new CliError(
      'not-found',
      'the protocol is plain Raft: its nodes sign nothing, so there is no evidence',
      { code: 'no-evidence' },
    );
}
