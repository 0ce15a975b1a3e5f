/** Entries on their way to the disk. */
import type { StoreRecord } from '../core.ts';
import type { Entry } from '../model/entry.ts';
import type { Position } from '../model/position.ts';
import type { State } from './state.ts';
import { store } from '../effects.ts';
import { isCommitWorthRecording, voteRecord } from './term.ts';

/** One write: what is dropped and what takes its place, so that no crash leaves a hole or two chains. */
export function appendDurably(
  s: State,
  dropped: readonly Position[],
  entries: readonly Entry[],
): void {
  const records: StoreRecord[] = dropped.map((position) => ({ type: 'drop', position }));
  for (const entry of entries) records.push({ type: 'entry', entry });
  if (isCommitWorthRecording(s)) records.push(voteRecord(s));
  s.log.append(entries, store(s, records));
}
