/** One simulated node: the real host, core, log and machine over a simulated disk, network and clock. */
import { everyone } from '../../src/host/audience.ts';
import { tangaroaWire } from '../../src/host/tangaroa.ts';
import type { Random } from '../../src/base/random.ts';
import type { CoreStatus, Now } from '../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { coreOf, startState } from '../../src/consensus/tangaroa/core.ts';
import type { State } from '../../src/consensus/tangaroa/state.ts';
import { Host } from '../../src/host/host.ts';
import { replayCommitted } from '../../src/host/machine-entry.ts';
import type { Clock, Links } from '../../src/host/ports.ts';
import { openMachine } from '../../src/machine/key-value.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { failureOf, stopOf, Violation } from './checkers/checker.ts';
import type { DiskFailure, DiskImage } from './disk.ts';
import { SimDisk } from './disk.ts';
import type { Place } from './network.ts';
import { nodeAt } from './network.ts';
import type { Neighbour, Possession, Surroundings } from './surroundings.ts';
import type { WatchDeps } from './watch.ts';
import { watchCore, watchMachine, watchStore } from './watch.ts';

/** One process of a node, from its start to its crash. */
interface Life {
  alive: boolean;
  host: Host | null;
  state: State | null;
}

/** A data directory as it once was. */
interface Backup {
  readonly log: DiskImage;
  readonly state: DiskImage;
  readonly writes: number;
}

/** How long a link stays closed that an end closed (L2). */
const REDIAL_MS = 200;

export interface SimNodeOptions {
  readonly place: Place;
  readonly publicKey: Uint8Array;
  /** What makes a traitor of it, or null. */
  readonly possession: Possession | null;
}

export class SimNode {
  readonly id: NodeId;
  readonly place: Place;
  readonly isHonest: boolean;
  readonly #options: SimNodeOptions;
  readonly #world: Surroundings;
  readonly #watch: WatchDeps;
  readonly #log: SimDisk;
  readonly #state: SimDisk;
  /** On a disk that forgets nothing: no crash may leave the log behind it. */
  readonly #mark = {
    writes: 0,
    advance(writes: number): void {
      this.writes = writes;
    },
  };
  #life: Life = { alive: false, host: null, state: null };
  #status: CoreStatus;
  #crashIn: { left: number; readonly act: () => void } | null = null;
  #failure: Error | null = null;
  #backup: Backup | null = null;
  #rollsBack = false;
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
    const { plan, scheduler, random, checkers } = world;
    this.#watch = {
      id: this.id,
      checkers: this.isHonest ? checkers : null,
      touch: () => this.#touch(),
      stir: () => world.stir(),
      trace: (what) => this.trace(what),
    };
    const draws = random.fork();
    this.syncMsMax = plan.syncMsMax;
    const stir = (): void => world.stir();
    this.#log = new SimDisk(scheduler, { stir, syncMs: () => draws.between(0, this.syncMsMax) });
    this.#state = new SimDisk(scheduler, { stir, syncMs: () => 0 });
    this.skewMs = draws.between(-plan.skewMs, plan.skewMs);
    this.driftPpm = draws.between(-plan.driftPpm, plan.driftPpm);
    this.#status = noStatus(this.id);
  }

  get up(): boolean {
    return this.#life.alive;
  }

  /** As of the last look; what a crashed node last said. */
  get status(): CoreStatus {
    return this.#status;
  }

  start(): void {
    if (this.#life.alive) return;
    const life: Life = { alive: true, host: null, state: null };
    this.#life = life;
    this.trace('starts');
    this.#work(() => this.#boot(life));
  }

  #work(job: () => Promise<void>): void {
    this.#world.stir();
    job().catch((error: unknown) => {
      const failure = failureOf(this.id, error);
      // A disk may fail while a node starts.
      if (this.#log.failure !== null) this.#died(this.#life, failure);
      else if (this.isHonest) this.#failure ??= failure;
      else this.#perishes(failure);
    });
  }

  /** A traitor that cannot start any more, its disk being what it made of it, stays away. */
  #perishes({ message }: Error): void {
    this.trace(`stays away: ${message}`);
    if (this.#life.alive) this.#end();
  }

  async #boot(life: Life): Promise<void> {
    const { genesis, context, scheduler, checkers } = this.#world;
    const { configuration } = genesis;
    if (this.#rollsBack) await this.#restore();
    const log = this.#log.open();
    await log.open();
    const machine = watchMachine(
      await openMachine({ database: this.#state.open(), digest }),
      this.#watch,
    );
    const loaded = await openLevelLog(log, {
      genesis: genesis.entry,
      applied: machine.applied,
      context,
      owner: { id: this.id, publicKey: this.#options.publicKey },
      mark: this.#mark,
    });
    const { recovered } = loaded;
    await replayCommitted({ recovered, configuration }, { machine, store: loaded.store });
    if (!life.alive) return;
    if (this.isHonest) checkers.started(this.id, recovered);
    const clock = this.#clock(life);
    const verifier = this.#world.makeVerifier();
    const signer = this.#world.makeSigner(this.id, (signed) => verifier.remember(signed));
    const options = { self: this.id, configuration };
    const { possession } = this.#options;
    const state = startState(options, { digest, encodeContent, ...signer }, recovered, clock.now());
    const honest = watchCore(coreOf(state), this.#watch);
    const links = this.#links(life);
    const host = new Host(options, {
      core: possession?.wrapCore(honest) ?? honest,
      machine,
      store: watchStore(loaded.store, this.#watch),
      links: possession?.wrapLinks(links) ?? links,
      clock,
      wire: tangaroaWire({ context, verifier, signer }),
      verifier,
      signer,
      audience: everyone,
      context,
      log: (level, code, text, detail) => this.#logged(level, code, text, detail),
    });
    life.host = host;
    life.state = state;
    host.stopped.catch((error: unknown) => this.#died(life, error));
    this.#world.network.listen(this.place, (from, frame) => {
      this.#touch();
      if (life.alive) host.peerFrame(from, frame);
    });
    host.start();
    for (const peer of this.#world.nodes) {
      if (peer.id !== this.id && peer.up)
        scheduler.after(this.#world.network.delayMs(), () => this.#meet(peer));
    }
  }

  #meet(peer: Neighbour): void {
    const { network } = this.#world;
    if (!network.isUp(this.place, peer.place) || !network.isUp(peer.place, this.place)) return;
    this.connected(peer.id);
    peer.connected(this.id);
  }

  connected(peer: NodeId): void {
    this.#life.host?.peerConnected(peer);
  }

  clientFrame(client: ClientId, frame: Uint8Array): void {
    if (this.#life.alive) this.#life.host?.clientFrame(client, frame);
  }

  resign(): void {
    this.#life.host?.resign();
  }

  /** The process ends between two instructions. */
  crash(random: Random): void {
    if (!this.#life.alive) return;
    this.trace('crashes');
    this.#end();
    this.#log.crash(random);
    this.#state.crash(random);
  }

  /** Crashes at the `count`-th write or send from now. */
  crashInside(count: number, act: () => void): void {
    this.#crashIn = { left: count, act };
  }

  /** Every write fails from now on. */
  failDisk(failure: DiskFailure): void {
    if (this.#life.alive) this.#log.failure = failure;
  }

  /** Somebody copies the data directory. */
  backUp(): void {
    this.#work(async () => {
      this.#backup = {
        log: await this.#log.image(),
        state: await this.#state.image(),
        writes: this.#mark.writes,
      };
    });
  }

  /** The next start is from the last backup, if there is one: a traitor's doing. */
  rollBack(): void {
    this.#rollsBack = this.#backup !== null;
  }

  async #restore(): Promise<void> {
    this.#rollsBack = false;
    if (this.#backup === null) return;
    this.trace('comes back with an old disk');
    this.#mark.writes = this.#backup.writes;
    await this.#log.load(this.#backup.log);
    await this.#state.load(this.#backup.state);
  }

  /** Storm's end: no crash is pending, the disk is sound and quick. */
  calm(): void {
    this.#crashIn = null;
    this.#log.failure = null;
    this.syncMsMax = this.#world.plan.syncMsMax;
    this.skewMs = 0;
    this.driftPpm = 0;
  }

  #end(): void {
    this.#life.alive = false;
    this.#options.possession?.ended();
    if (this.isHonest) this.#world.checkers.ended(this.id);
    this.#world.network.listen(this.place, null);
  }

  /** The host stopped by itself: right for a failed write, and no concern for a traitor; a violation otherwise. */
  #died(life: Life, error: unknown): void {
    if (!life.alive) return;
    const text = error instanceof Error ? error.message : String(error);
    this.trace(`stops: ${text}`);
    this.#end();
    const violation = this.isHonest ? stopOf(this.id, error, this.#log.failure !== null) : null;
    if (violation !== null) return void (this.#failure ??= violation);
    this.#log.crash(this.#world.random);
    this.#state.crash(this.#world.random);
    this.#world.scheduler.after(2_000, () => this.start());
  }

  /** Each instruction at which `crashInside` may strike. */
  #touch(): void {
    if (this.#crashIn === null || !this.#life.alive) return;
    if (this.#crashIn.left-- > 0) return;
    const { act } = this.#crashIn;
    this.#crashIn = null;
    act();
  }

  /** Throws what went wrong inside asynchronous work or the host. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** Looks at what the node says of itself, and at what its core holds. */
  look(): void {
    const { alive, host, state } = this.#life;
    if (!alive || host === null || state === null) return;
    const status = host.status();
    this.#status = status.core;
    if (this.isHonest) this.#world.checkers.looked(this.id, status, state);
  }

  #clock(life: Life): Clock {
    const { scheduler } = this.#world;
    const again = (intervalMs: number, callback: () => void): void => {
      scheduler.after(intervalMs, () => {
        if (!life.alive) return;
        callback();
        again(intervalMs, callback);
      });
    };
    return {
      now: (): Now => ({
        monotonicMs: scheduler.nowMs,
        wallMs: Math.max(0, this.#world.wallMs() + this.#skewNow()),
      }),
      defer: (callback) => scheduler.after(0, () => (life.alive ? callback() : undefined)),
      every: (intervalMs, callback) => {
        let stopped = false;
        again(intervalMs, () => (stopped ? undefined : callback()));
        return () => (stopped = true);
      },
    };
  }

  #skewNow(): number {
    return this.skewMs + Math.round((this.#world.scheduler.nowMs * this.driftPpm) / 1_000_000);
  }

  #links(life: Life): Links {
    const { network } = this.#world;
    return {
      sendToPeer: (peer, frame) => {
        this.#touch();
        return life.alive && network.send(this.place, peer, frame);
      },
      sendToClient: (client, frame) => {
        if (life.alive) this.#world.sendToClient(this.id, client, frame);
        return life.alive;
      },
      isClientConnected: () => true,
      closePeer: (peer, reason) => this.#closes(peer, reason),
      closeClient: (client, reason) => {
        const text = `${this.id} closed its link to honest client ${client}: ${reason}`;
        if (this.isHonest && this.#world.isHonestClient(client))
          this.#failure ??= new Violation('links', text);
        this.#world.closeClient(this.id, client);
      },
      peers: () => new Map(),
    };
  }

  /** L2: an end closes a link over which something invalid came; nothing such comes from an honest one. */
  #closes(peer: NodeId, reason: string): void {
    this.trace(`closes its link to ${peer}: ${reason}`);
    if (this.isHonest && this.#world.isHonest(peer)) {
      const text = `${this.id} closed its link to honest ${peer}: ${reason}`;
      this.#failure ??= new Violation('links', text);
    }
    for (const other of this.#world.nodes)
      if (other.id === peer) this.#world.network.close(this.place, other.place, REDIAL_MS);
  }

  #logged(
    level: string,
    code: string,
    text: string,
    detail: Readonly<Record<string, unknown>> = {},
  ): void {
    if (level !== 'debug') this.trace(`${code}: ${text}`);
    if (code === 'elected') this.#world.elections.add(detail['term'] as number);
    if (code === 'rogue' && this.isHonest)
      this.#world.checkers.convictions.accused(this.id, detail['culprit'] as NodeId, text);
  }

  trace(what: string): void {
    this.#world.trace.add(this.#world.scheduler.nowMs, this.place, what);
  }
}

function noStatus(id: NodeId): CoreStatus {
  const nothing = { index: 0, hash: '0'.repeat(64) } as CoreStatus['accepted'];
  return {
    id,
    role: 'follower',
    epoch: 0 as CoreStatus['epoch'],
    term: 0 as CoreStatus['term'],
    leader: null,
    accepted: nothing,
    prepared: nothing,
    committed: nothing,
    applied: 0 as CoreStatus['applied'],
    pending: 0,
    pendingBytes: 0,
    evidence: [],
    suspicions: [],
    backoff: 0,
  };
}
