/**
 * A mutant: the source with one rule of the protocol taken out or bent, as it might be misread. Whatever the simulator
 * is worth shows in how many of them it tells from the protocol.
 */
import type { Fixed } from '../plan.ts';

/** A change of the text of one file. */
export interface Edit {
  /** Below src. */
  readonly file: string;
  /** Stands in the file exactly `times` times, once without that. */
  readonly find: string;
  readonly replace: string;
  readonly times?: number;
}

export interface Mutant {
  readonly name: string;
  /** The rules of docs/protocol.md that it breaks, by number, or a section of it, or of the paper on Raft. */
  readonly rule: string;
  /** What the rule prevents. */
  readonly why: string;
  readonly edits: readonly Edit[];
  /** It dies within so many seeds, from the first on. 0: its tests do that, or the scenarios that name it. */
  readonly seeds: number;
  /** Files of tests below the repository that tell it from the protocol, where no seed leads there. */
  readonly tests?: readonly string[];
  /** Why nothing tells it from the protocol yet; it is not run with the others. */
  readonly open?: string;
  /** What the seeds are to have, where their own mix rarely leads there. */
  readonly fixed?: Partial<Fixed>;
}

/** What is wrong with a mutant as it stands in the list, or with the source that it was made for. */
export class MutantError extends Error {
  override readonly name = 'MutantError';
}

/** The changed files of a mutant, by their path below src. `read` gives the text of one. */
export function mutate(
  { name, edits }: Mutant,
  read: (file: string) => string,
): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  for (const edit of edits) {
    const { file, find, replace, times = 1 } = edit;
    const text = changed.get(file) ?? read(file);
    const found = text.split(find).length - 1;
    const where = `mutant ${name} no longer applies: src/${file}`;
    if (found !== times)
      throw new MutantError(`${where} has ${found} times, not ${times}, this text:\n${find}`);
    const after = text.replaceAll(find, () => replace);
    if (after === text) throw new MutantError(`${where} is not changed by ${name}`);
    changed.set(file, after);
  }
  return changed;
}
