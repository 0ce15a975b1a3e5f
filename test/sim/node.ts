/** One simulated node: process after process over one data directory, with a clock and a disk of its own. */
import type { Random } from '../../src/base/random.ts';
import type { CoreStatus } from '../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { HostFailure } from '../../src/host/failure.ts';
import type { Report } from './checkers/checker.ts';
import { failureOf, stopOf, Violation } from './checkers/checker.ts';
import { SimDirectory } from './directory.ts';
import type { DiskFailure } from './disk.ts';
import { Life } from './life.ts';
import type { Place } from './network.ts';
import { nodeAt } from './network.ts';
import { noStatus } from './no-status.ts';
import type { Surroundings } from './surroundings.ts';
import type { WatchDeps } from './watch.ts';

/** How long a link stays closed that an end closed (L2). */
const REDIAL_MS = 200;
/** How long after its disk failed an operator starts a node again. */
const REPAIR_MS = 2_000;

export interface SimNodeOptions {
  readonly place: Place;
  readonly publicKey: Uint8Array;
}

export class SimNode {
  readonly id: NodeId;
  readonly place: Place;
  readonly isHonest: boolean;
  readonly #options: SimNodeOptions;
  readonly #world: Surroundings;
  readonly #watch: WatchDeps;
  readonly #directory: SimDirectory;
  #life: Life | null = null;
  #status: CoreStatus;
  #interruption: { left: number; readonly act: () => void } | null = null;
  #failure: Error | null = null;
  /** E5: it stopped for good, with a proof that more nodes lie than its protocol stands. */
  #isHalted = false;
  /** This node's wall clock minus the true time, and how much it gains on it in a second. */
  skewMs = 0;
  driftPpm = 0;
  /** Longest sync in milliseconds. */
  syncMsMax: number;

  constructor(options: SimNodeOptions, world: Surroundings) {
    this.place = options.place;
    this.id = nodeAt(options.place);
    this.isHonest = world.isHonest(this.id);
    this.#options = options;
    this.#world = world;
    const { plan, scheduler, random } = world;
    const stir = (): void => world.stir();
    this.#watch = {
      id: this.id,
      isWatched: this.isHonest,
      touch: () => this.#touch(),
      stir,
      trace: (what) => this.trace(what),
    };
    const draws = random.fork();
    this.syncMsMax = plan.syncMsMax;
    const syncMs = (): number => draws.between(0, this.syncMsMax);
    this.#directory = new SimDirectory(scheduler, { stir, syncMs });
    this.skewMs = draws.between(-plan.skewMs, plan.skewMs);
    this.driftPpm = draws.between(-plan.driftPpm, plan.driftPpm);
    this.#status = noStatus(this.id);
  }

  get up(): boolean {
    return this.#life?.isAlive === true;
  }

  /** As of the last look; what a crashed node last said. */
  get status(): CoreStatus {
    return this.#status;
  }

  start(): void {
    if (this.up || this.#isHalted) return;
    const life = new Life({
      place: this.place,
      publicKey: this.#options.publicKey,
      world: this.#world,
      directory: this.#directory,
      watch: this.#watch,
      skewMs: () => this.#skewNow(),
      connected: (peer) => this.connected(peer),
      closesPeer: (peer, reason) => this.#closesPeer(peer, reason),
      closesClient: (client, reason) => this.#closesClient(client, reason),
      reports: (level, report) => this.#reports(level, report),
      died: (of, error) => this.#died(of, error),
    });
    this.#life = life;
    this.trace('starts');
    this.#work(() => life.boot());
  }

  #work(job: () => Promise<void>): void {
    this.#world.stir();
    job().catch((error: unknown) => {
      const failure = failureOf(this.id, error);
      // A disk may fail while a node starts.
      if (this.#directory.log.failure !== null) this.#died(this.#life, failure);
      else if (this.isHonest) this.#failure ??= failure;
      else this.#perishes(failure);
    });
  }

  /** A traitor that cannot start any more, its disk being what it made of it, stays away. */
  #perishes({ message }: Error): void {
    this.trace(`stays away: ${message}`);
    if (this.up) this.#life?.end();
  }

  connected(peer: NodeId): void {
    this.#life?.host?.peerConnected(peer);
  }

  clientFrame(client: ClientId, frame: Uint8Array): void {
    if (this.up) this.#life?.host?.clientFrame(client, frame);
  }

  resign(): void {
    this.#life?.host?.resign();
  }

  /** The process ends between two instructions. */
  crash(random: Random): void {
    if (!this.up) return;
    this.trace('crashes');
    this.#life?.end();
    this.#directory.crash(random);
  }

  /** Does that at the `count`-th write or send from now: a crash, or what else may come in the middle of things. */
  interrupt(count: number, act: () => void): void {
    this.#interruption = { left: count, act };
  }

  /** Every write fails from now on. */
  failDisk(failure: DiskFailure): void {
    if (this.up) this.#directory.log.failure = failure;
  }

  /** Somebody copies the data directory. */
  backUp(): void {
    this.#work(() => this.#directory.backUp());
  }

  /** The next start is from the last backup, if there is one: a traitor's doing. */
  rollBack(): void {
    this.#directory.rollBack();
  }

  /** Storm's end: nothing interrupts it, the disk is sound and quick. */
  calm(): void {
    this.#interruption = null;
    this.#directory.log.failure = null;
    this.syncMsMax = this.#world.plan.syncMsMax;
    this.skewMs = 0;
    this.driftPpm = 0;
  }

  /** The host stopped by itself: right for a failed write, and no concern for a traitor; a violation otherwise. */
  #died(life: Life | null, error: unknown): void {
    if (life?.isAlive !== true) return;
    const text = error instanceof Error ? error.message : String(error);
    this.trace(`stops: ${text}`);
    life.end();
    // Right where it is betrayed: what came of that shows in what the others go on to do.
    this.#isHalted = isHalt(error) && this.#world.isBetrayed;
    if (this.#isHalted) return;
    const hasDiskFailed = this.#directory.log.failure !== null;
    const violation = this.isHonest ? stopOf(this.id, error, hasDiskFailed) : null;
    if (violation !== null) return void (this.#failure ??= violation);
    this.#directory.crash(this.#world.random);
    this.#world.scheduler.after(REPAIR_MS, () => this.start());
  }

  /** Each instruction at which an interruption may strike. */
  #touch(): void {
    if (this.#interruption === null || !this.up) return;
    if (this.#interruption.left-- > 0) return;
    const { act } = this.#interruption;
    this.#interruption = null;
    act();
  }

  /** Throws what went wrong inside asynchronous work or the host. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Looks at what the node says of itself, and at what its core holds. */
  look(): void {
    const status = this.#life?.look() ?? null;
    if (status !== null) this.#status = status.core;
  }

  #skewNow(): number {
    return this.skewMs + Math.round((this.#world.scheduler.nowMs * this.driftPpm) / 1_000_000);
  }

  /** L2: nothing that closes a link comes from an honest peer. */
  #closesPeer(peer: NodeId, reason: string): void {
    this.trace(`closes its link to ${peer}: ${reason}`);
    if (this.isHonest && this.#world.isHonest(peer)) {
      const text = `${this.id} closed its link to honest ${peer}: ${reason}`;
      this.#failure ??= new Violation('links', text);
    }
    for (const other of this.#world.nodes)
      if (other.id === peer) this.#world.network.close(this.place, other.place, REDIAL_MS);
  }

  #closesClient(client: ClientId, reason: string): void {
    const text = `${this.id} closed its link to honest client ${client}: ${reason}`;
    if (this.isHonest && this.#world.isHonestClient(client))
      this.#failure ??= new Violation('links', text);
    this.#world.closeClient(this.id, client);
  }

  #reports(level: string, report: Report): void {
    const { code, text, detail } = report;
    if (level !== 'debug') this.trace(`${code}: ${text}`);
    if (code === 'elected') this.#world.elections.add(detail['term'] as number);
    if (this.isHonest) this.#world.protocol.checkers.reported(this.id, report);
  }

  trace(what: string): void {
    this.#world.trace.add(this.#world.scheduler.nowMs, this.place, what);
  }
}

function isHalt(error: unknown): boolean {
  return error instanceof HostFailure && error.code === 'halted';
}
