/** A node's data directory: its log, its machine's state, and what counts the writes outside of both. */
import type { Random } from '../../src/base/random.ts';
import type { LogMark } from '../../src/node/log-mark.ts';
import type { DiskImage } from './disk.ts';
import { SimDisk } from './disk.ts';
import type { Scheduler } from './scheduler.ts';

/** A data directory as it once was. */
interface Backup {
  readonly log: DiskImage;
  readonly state: DiskImage;
  readonly writes: number;
}

export class SimDirectory {
  readonly log: SimDisk;
  readonly state: SimDisk;
  /** On a disk that forgets nothing: no crash may leave the log behind it. */
  readonly mark: LogMark & { writes: number } = {
    writes: 0,
    advance(writes: number): void {
      this.writes = writes;
    },
  };
  #backup: Backup | null = null;
  #isOld = false;

  constructor(
    scheduler: Scheduler,
    { stir, syncMs }: { readonly stir: () => void; readonly syncMs: () => number },
  ) {
    this.log = new SimDisk(scheduler, { stir, syncMs });
    this.state = new SimDisk(scheduler, { stir, syncMs: () => 0 });
  }

  /** The machine it is in loses power. */
  crash(random: Random): void {
    this.log.crash(random);
    this.state.crash(random);
  }

  async backUp(): Promise<void> {
    this.#backup = {
      log: await this.log.image(),
      state: await this.state.image(),
      writes: this.mark.writes,
    };
  }

  /** The next start is from the last backup, if there is one. */
  rollBack(): void {
    this.#isOld = this.#backup !== null;
  }

  /** An old copy is to take its place before the next start. */
  get isOld(): boolean {
    return this.#isOld;
  }

  async restore(): Promise<void> {
    this.#isOld = false;
    if (this.#backup === null) return;
    this.mark.writes = this.#backup.writes;
    await this.log.load(this.#backup.log);
    await this.state.load(this.#backup.state);
  }
}
