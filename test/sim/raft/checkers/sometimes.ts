/** Habit 11: what must happen sometimes, or the seeds prove little. Nothing here is ever wrong; it is counted. */
import type { Effect } from '../../../../src/consensus/core.ts';
import type { NodeId } from '../../../../src/consensus/model/ids.ts';
import type { RaftMessage } from '../../../../src/consensus/raft/message.ts';
import type { Checker, Report } from '../../checkers/checker.ts';

export class Sometimes implements Checker<RaftMessage> {
  readonly name = 'sometimes';
  #truncated = 0;
  #loaded = 0;
  #steppedDown = 0;
  #handedOver = 0;

  get tallies(): Readonly<Record<string, number>> {
    return {
      'logs that forked': this.#truncated,
      'entries loaded for who was behind': this.#loaded,
      'leaders that stepped down': this.#steppedDown,
      'terms handed over': this.#handedOver,
    };
  }

  decided(_node: NodeId, effects: readonly Effect<RaftMessage>[]): void {
    for (const { type } of effects) if (type === 'load') this.#loaded++;
  }

  reported(_node: NodeId, { code, detail }: Report): void {
    if (code === 'truncated') this.#truncated++;
    else if (code === 'stepped-down') this.#steppedDown++;
    else if (code === 'suspect' && detail['reason'] === 'resigned') this.#handedOver++;
  }
}
