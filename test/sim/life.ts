/** One process of a simulated node, from its start to its crash: the real host, core, log and machine. */
import type { Now, Recovered } from '../../src/consensus/core.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Clock, Links, LoadedLog } from '../../src/host/ports.ts';
import { replayCommitted } from '../../src/host/machine-entry.ts';
import type { HostStatus } from '../../src/host/status.ts';
import { openMachine } from '../../src/machine/key-value.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { openLevelLog } from '../../src/node/level-log.ts';
import { nativeDigest as digest } from '../../src/node/native-crypto.ts';
import type { AnyHost } from '../../src/node/protocols.ts';
import type { Report } from './checkers/checker.ts';
import type { SimDirectory } from './directory.ts';
import type { Place } from './network.ts';
import type { Running } from './protocol.ts';
import type { Surroundings } from './surroundings.ts';
import type { WatchDeps } from './watch.ts';
import { watchMachine, watchStore } from './watch.ts';

export interface LifeDeps {
  readonly place: Place;
  readonly publicKey: Uint8Array;
  readonly world: Surroundings;
  readonly directory: SimDirectory;
  readonly watch: WatchDeps;
  /** This node's wall clock minus the true time, in milliseconds. */
  readonly skewMs: () => number;
  /** The link to a peer is whole: tells whatever process of this node there is by then. */
  readonly connected: (peer: NodeId) => void;
  /** L2: an end closes a link over which something invalid came. */
  readonly closesPeer: (peer: NodeId, reason: string) => void;
  readonly closesClient: Links['closeClient'];
  readonly reports: (level: string, report: Report) => void;
  /** The host stopped by itself. */
  readonly died: (life: Life, error: unknown) => void;
}

export class Life {
  readonly #deps: LifeDeps;
  #isAlive = true;
  #running: Running | null = null;

  constructor(deps: LifeDeps) {
    this.#deps = deps;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Null while it starts. */
  get host(): AnyHost | null {
    return this.#running?.host ?? null;
  }

  /** Reads its disk, and runs. Throws what the log throws. */
  async boot(): Promise<void> {
    const { world, directory, watch } = this.#deps;
    const { configuration } = world.genesis;
    if (directory.isOld) {
      watch.trace('comes back with an old disk');
      await directory.restore();
    }
    const { loaded, machine } = await this.#open();
    const { recovered } = loaded;
    await replayCommitted({ recovered, configuration }, { machine, store: loaded.store });
    if (!this.#isAlive) return;
    if (watch.isWatched) world.protocol.checkers.started(watch.id, recovered);
    this.#run(loaded, machine, recovered);
    this.#meetPeers();
  }

  async #open(): Promise<{ readonly loaded: LoadedLog; readonly machine: Machine }> {
    const { publicKey, world, directory, watch } = this.#deps;
    const log = directory.log.open();
    await log.open();
    const machine = watchMachine(
      await openMachine({ database: directory.state.open(), digest }),
      watch,
      world.protocol.checkers,
    );
    const loaded = await openLevelLog(log, {
      genesis: world.genesis.entry,
      applied: machine.applied,
      context: world.context,
      owner: { id: watch.id, publicKey },
      mark: directory.mark,
    });
    return { loaded, machine };
  }

  #run({ store }: LoadedLog, machine: Machine, recovered: Recovered): void {
    const { place, world, watch, reports, died } = this.#deps;
    const { protocol, context, genesis, network } = world;
    const running = protocol.run({
      options: { self: watch.id, configuration: genesis.configuration },
      place,
      recovered,
      watch,
      machine,
      store: watchStore(store, watch, protocol.checkers),
      links: this.#links(),
      clock: this.#clock(),
      context,
      log: (level, code, text, detail = {}) => reports(level, { code, text, detail }),
    });
    this.#running = running;
    const { host } = running;
    host.stopped.catch((error: unknown) => died(this, error));
    network.listen(place, (from, frame) => {
      watch.touch();
      if (this.#isAlive) host.peerFrame(from, frame);
    });
    host.start();
  }

  #meetPeers(): void {
    const { place, world, watch, connected } = this.#deps;
    const { network, scheduler } = world;
    for (const peer of world.nodes) {
      if (peer.id === watch.id || !peer.up) continue;
      scheduler.after(network.delayMs(), () => {
        if (!network.isUp(place, peer.place) || !network.isUp(peer.place, place)) return;
        connected(peer.id);
        peer.connected(watch.id);
      });
    }
  }

  /** The process ends between two instructions. */
  end(): void {
    const { place, world, watch } = this.#deps;
    this.#isAlive = false;
    this.#running?.ended();
    if (watch.isWatched) world.protocol.checkers.ended(watch.id);
    world.network.listen(place, null);
  }

  /** What it says of itself; the checkers see what its core holds. Null unless it runs. */
  look(): HostStatus | null {
    if (!this.#isAlive || this.#running === null) return null;
    const status = this.#running.host.status();
    this.#running.look(status);
    return status;
  }

  #clock(): Clock {
    const { world, skewMs } = this.#deps;
    const { scheduler } = world;
    const again = (intervalMs: number, callback: () => void): void => {
      scheduler.after(intervalMs, () => {
        if (!this.#isAlive) return;
        callback();
        again(intervalMs, callback);
      });
    };
    return {
      now: (): Now => ({
        monotonicMs: scheduler.nowMs,
        wallMs: Math.max(0, world.wallMs() + skewMs()),
      }),
      defer: (callback) => scheduler.after(0, () => (this.#isAlive ? callback() : undefined)),
      every: (intervalMs, callback) => {
        let stopped = false;
        again(intervalMs, () => (stopped ? undefined : callback()));
        return () => (stopped = true);
      },
    };
  }

  #links(): Links {
    const { place, world, watch, closesPeer, closesClient } = this.#deps;
    return {
      sendToPeer: (peer, frame) => {
        watch.touch();
        return this.#isAlive && world.network.send(place, peer, frame);
      },
      sendToClient: (client, frame) => {
        if (this.#isAlive) world.sendToClient(watch.id, client, frame);
        return this.#isAlive ? 1 : 0;
      },
      isClientConnected: () => true,
      closePeer: closesPeer,
      closeClient: closesClient,
      peers: () => new Map(),
    };
  }
}
