/** One simulated node: the real host, core, log and machine over a simulated disk, network and clock. */
import type { Random } from '../../src/base/random.ts';
import type { CoreStatus, Now, StoreRecord } from '../../src/consensus/core.ts';
import type { ClientId, NodeId } from '../../src/consensus/model/ids.ts';
import { createTangaroa } from '../../src/consensus/tangaroa/core.ts';
import { makeSigner } from '../../src/crypto/sign.ts';
import { Host } from '../../src/host/host.ts';
import { replayCommitted } from '../../src/host/machine-entry.ts';
import type { Clock, Links, LogStore } from '../../src/host/ports.ts';
import { openMachine } from '../../src/machine/key-value.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { encodeBody } from '../../src/wire/body.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { fakeEd25519 } from '../fixtures-crypto.ts';
import { SimDisk } from './disk.ts';
import type { Neighbour, Surroundings } from './surroundings.ts';

/** One process of a node, from its start to its crash. */
interface Life {
  alive: boolean;
  host: Host | null;
}

export class SimNode {
  readonly id: NodeId;
  readonly #secretKey: Uint8Array;
  readonly #world: Surroundings;
  readonly #log: SimDisk;
  readonly #state: SimDisk;
  /** On a disk that forgets nothing: no crash may leave the log behind it. */
  readonly #mark = {
    writes: 0,
    advance(writes: number): void {
      this.writes = writes;
    },
  };
  #life: Life = { alive: false, host: null };
  #status: CoreStatus;
  /** Asynchronous work under way: the world lets it end before time goes on. */
  #working = 0;
  #crashIn: { left: number; readonly act: () => void } | null = null;
  #failure: Error | null = null;
  /** This node's wall clock minus the true time. */
  skewMs = 0;

  constructor(id: NodeId, secretKey: Uint8Array, world: Surroundings) {
    this.id = id;
    this.#secretKey = secretKey;
    this.#world = world;
    const { plan, scheduler, random } = world;
    const draws = random.fork();
    this.#log = new SimDisk(scheduler, { syncMs: () => draws.between(0, plan.syncMsMax) });
    this.#state = new SimDisk(scheduler, { syncMs: () => 0 });
    this.skewMs = draws.between(-plan.skewMs, plan.skewMs);
    this.#status = noStatus(id);
  }

  get up(): boolean {
    return this.#life.alive;
  }

  get busy(): boolean {
    return this.#life.alive;
  }

  /** As of the last look; what a crashed node last said. */
  get status(): CoreStatus {
    return this.#status;
  }

  start(): void {
    if (this.#life.alive) return;
    const life: Life = { alive: true, host: null };
    this.#life = life;
    this.#trace('starts');
    this.#work(() => this.#boot(life));
  }

  #work(job: () => Promise<void>): void {
    this.#working++;
    job().then(
      () => this.#working--,
      (error: unknown) => {
        this.#working--;
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      },
    );
  }

  async #boot(life: Life): Promise<void> {
    const { genesis, context, network, scheduler } = this.#world;
    const { configuration, clusterId } = genesis;
    const log = this.#log.open();
    await log.open();
    const machine = this.#watch(await openMachine({ database: this.#state.open(), digest }));
    const loaded = await openLevelLog(log, {
      genesis: genesis.entry,
      applied: machine.applied,
      context,
      owner: { id: this.id, publicKey: fakeEd25519.publicKey(this.#secretKey) },
      mark: this.#mark,
    });
    const { recovered } = loaded;
    await replayCommitted({ recovered, configuration }, { machine, store: loaded.store });
    if (!life.alive) return;
    this.#world.agreement.check(this.id, recovered.committed.index, recovered.committed.hash);
    const clock = this.#clock(life);
    const verifier = this.#world.makeVerifier();
    const signer = makeSigner(
      { self: this.id, secretKey: this.#secretKey, clusterId, digest },
      { ed25519: fakeEd25519, encodeBody, onSigned: (signed) => verifier.remember(signed) },
    );
    const options = { self: this.id, configuration };
    const deps = { digest, encodeContent, ...signer };
    const honest = createTangaroa(options, deps, recovered, clock.now());
    const core = this.#world.wrapCore(this.id, honest);
    const host = new Host(options, {
      core,
      machine,
      store: this.#watchStore(loaded.store),
      links: this.#links(life),
      clock,
      verifier,
      signer,
      context,
      log: (level, code, text) => this.#logged(level, code, text),
    });
    life.host = host;
    host.stopped.catch((error: unknown) => this.#died(life, error));
    network.listen(this.id, (from, frame) => {
      this.#touch();
      if (life.alive) host.peerFrame(from, frame);
    });
    host.start();
    for (const peer of this.#world.nodes) {
      if (peer.id !== this.id && peer.up)
        scheduler.after(network.delayMs(), () => this.#meet(peer));
    }
  }

  #meet(peer: Neighbour): void {
    this.connected(peer.id);
    peer.connected(this.id);
  }

  connected(peer: NodeId): void {
    const { network } = this.#world;
    if (network.isUp(this.id, peer) && network.isUp(peer, this.id))
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
    this.#trace('crashes');
    this.#end();
    this.#log.crash(random);
    this.#state.crash(random);
  }

  /** Crashes at the `count`-th write or send from now. */
  crashInside(count: number, act: () => void): void {
    this.#crashIn = { left: count, act };
  }

  /** Every write fails from now on. */
  failDisk(): void {
    if (this.#life.alive) this.#log.failure = new Error('ENOSPC: no space left on device');
  }

  /** Storm's end: no crash is pending, the disk is sound. */
  calm(): void {
    this.#crashIn = null;
    this.#log.failure = null;
  }

  #end(): void {
    this.#life.alive = false;
    this.#world.network.listen(this.id, null);
  }

  /** The host stopped by itself: right for a failed write, a violation for anything else. */
  #died(life: Life, error: unknown): void {
    if (!life.alive) return;
    const text = error instanceof Error ? error.message : String(error);
    this.#trace(`stops: ${text}`);
    this.#end();
    if (!text.includes('ENOSPC')) {
      this.#failure ??= error instanceof Error ? error : new Error(text);
      return;
    }
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

  /** Looks at what the node says of itself. */
  look(): void {
    if (this.#life.alive && this.#life.host !== null) this.#status = this.#life.host.status().core;
    if (this.#status.evidence.length > 0) {
      throw new Error(
        `evidence: ${this.id} convicts ${this.#status.evidence[0]?.culprit}, and nobody is a traitor`,
      );
    }
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
        wallMs: Math.max(0, this.#world.wallMs() + this.skewMs),
      }),
      defer: (callback) => scheduler.after(0, () => (life.alive ? callback() : undefined)),
      every: (intervalMs, callback) => {
        let stopped = false;
        again(intervalMs, () => (stopped ? undefined : callback()));
        return () => (stopped = true);
      },
    };
  }

  #links(life: Life): Links {
    const { network } = this.#world;
    return {
      sendToPeer: (peer, frame) => {
        this.#touch();
        return life.alive && network.send(this.id, peer, frame);
      },
      sendToClient: (client, frame) => {
        if (life.alive) this.#world.sendToClient(this.id, client, frame);
        return life.alive;
      },
      isClientConnected: () => true,
      closePeer: (peer, reason) => {
        this.#failure ??= new Error(`${this.id} closed its link to honest ${peer}: ${reason}`);
      },
      closeClient: (client, reason) => {
        this.#failure ??= new Error(
          `${this.id} closed its link to honest client ${client}: ${reason}`,
        );
      },
      peers: () => new Map(),
    };
  }

  /** Tells the checkers of every write; a crash may strike before it and after it. */
  #watchStore(store: LogStore): LogStore {
    return {
      readCommitted: (from, to, entriesMax, bytesMax) =>
        store.readCommitted(from, to, entriesMax, bytesMax),
      readHeaders: (from, to) => store.readHeaders(from, to),
      readCertificate: (from) => store.readCertificate(from),
      write: async (records: readonly StoreRecord[]) => {
        this.#touch();
        for (const record of records) this.#world.certificates.stored(this.id, record);
        await store.write(records);
        this.#touch();
      },
    };
  }

  /** Tells the checkers of every applied entry. */
  #watch(machine: Machine): Machine {
    const { agreement } = this.#world;
    const applied = (): void => {
      agreement.applied(this.id, machine.applied.index, machine.applied.hash, machine.stateDigest);
    };
    return {
      get applied() {
        return machine.applied;
      },
      get stateDigest() {
        return machine.stateDigest;
      },
      apply: async (entry) => {
        const outcomes = await machine.apply(entry);
        applied();
        return outcomes;
      },
      lookup: (request) => machine.lookup(request),
      query: (query, client) => machine.query(query, client),
      close: () => machine.close(),
    };
  }

  #logged(level: string, code: string, text: string): void {
    if (level !== 'debug') this.#trace(`${code}: ${text}`);
    if (code === 'rogue')
      this.#failure ??= new Error(`${this.id} calls an honest leader rogue: ${text}`);
  }

  #trace(what: string): void {
    this.#world.trace.add(this.#world.scheduler.nowMs, this.id, what);
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
