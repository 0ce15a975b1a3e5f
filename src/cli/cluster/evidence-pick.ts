/** Evidence by its id or the beginning of one. */
import type { ProvenEvidence } from '../../client/evidence-proof.ts';
import { CliError } from '../cli-error.ts';

export const ID_SHOWN = 16;
const ID_MAX = 64;
const ID = /^[0-9a-f]+$/u;

export function shortId(id: string): string {
  return id.slice(0, ID_SHOWN);
}

/**
 * The one piece whose id begins so; without an id, the only one there is.
 *
 * @throws CliError `usage` where that is no id or several begin so, `not-found` where none does
 */
export function pickEvidence<E extends ProvenEvidence>(
  all: readonly E[],
  id: string | undefined,
  where: string,
): E {
  const text = id?.toLowerCase() ?? '';
  if (id !== undefined && (!ID.test(text) || text.length > ID_MAX))
    throw new CliError('usage', `'${id}' is no id of evidence: it is 1 to 64 hexadecimal digits`, {
      code: 'bad-id',
      hint: 'see tangaroa evidence list',
    });
  const found = all.filter((evidence) => evidence.id.startsWith(text));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first === undefined) {
    const what = id === undefined ? 'no evidence' : `no evidence ${id}`;
    throw new CliError('not-found', `${where} holds ${what}`, { code: 'no-evidence' });
  }
  const ids = found.slice(0, 8).map((evidence) => shortId(evidence.id));
  const more = found.length > ids.length ? ` and ${found.length - ids.length} more` : '';
  throw new CliError(
    'usage',
    id === undefined
      ? `${where} holds ${found.length} pieces of evidence`
      : `'${id}' may be any of ${found.length} pieces of evidence`,
    { code: 'ambiguous-id', hint: `say which: ${ids.join(', ')}${more}` },
  );
}
