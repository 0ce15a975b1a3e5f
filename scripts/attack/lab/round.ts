/** One attack, once: a new cluster under load; before, during and after; then the audit. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../../../src/base/assert.ts';
import { Random } from '../../../src/base/random.ts';
import type { RealCluster } from '../../../test/cluster/real-cluster.ts';
import type { Inside, LabAttack, RogueReport, Witness } from '../attack.ts';
import { roguesOf } from '../attack.ts';
import type { Phase } from '../load/figures.ts';
import type { LoadQuestion, LoadReport } from '../load/main.ts';
import type { RogueQuestion } from '../rogue/main.ts';
import { Notes } from '../rogue/witness.ts';
import { Worker } from '../worker.ts';
import type { Audit } from './audit.ts';
import { audit } from './audit.ts';
import type { ClusterPlan, HonestView } from './cluster.ts';
import { loadedClients, makeCluster, settled, stolenKeyFiles } from './cluster.ts';
import type { Cores, Reading } from './samples.ts';
import { coresOf, cpuUsOf, endedUs, readingOf, Samples } from './samples.ts';

export interface RoundPlan extends ClusterPlan {
  readonly attack: LabAttack;
  /** Members in the attacker's hands, where it has any. */
  readonly rogues: number;
  /** Of the attack; before and after take half of it each. */
  readonly seconds: number;
  readonly seed: number;
}

export interface Round {
  readonly seed: number;
  readonly load: LoadReport;
  readonly rogue: RogueReport;
  /** Members that are not counted among the honest. */
  readonly rogueIds: readonly string[];
  /** How the honest nodes stand at the end. */
  readonly honest: readonly HonestView[];
  readonly audits: readonly Audit[];
  /** Honest nodes that ended though nobody asked them to, with their last words. */
  readonly fallen: readonly string[];
  /** The most memory that an honest node used while it was attacked and after; null where nobody tells. */
  readonly peakBytes: number | null;
  readonly cores: Cores;
  readonly electionTimeoutMs: number;
}

export interface RoundDeps {
  readonly stop: AbortSignal;
  /** A directory for files of the evidence that was gathered; null: none is written. */
  readonly evidence: string | null;
}

const ANSWER_MS = 60_000;
const WARM_UP_MS = 4_000;
const SETTLE_MS = 15_000;
const LAST_WORDS = 400;
/** With this the command line begins what it says to people. */
const PROGRAM = 'tangaroa: ';
/** Clusters that are begun for one round, where on a busy machine the others have left the attacker before it attacks. */
const BEGINNINGS = 3;

/** Everything that a round starts is gone when it resolves, or throws. */
export async function runRound(plan: RoundPlan, deps: RoundDeps): Promise<Round> {
  for (let left = BEGINNINGS; ; left--) {
    const round = await playRound(plan, deps, left > 1);
    if (round !== null) return round;
  }
}

/** Null where a leader's attack would be one of somebody who leads no more. */
async function playRound(
  plan: RoundPlan,
  { stop, evidence }: RoundDeps,
  isChoosy: boolean,
): Promise<Round | null> {
  stop.throwIfAborted();
  await using cluster = await makeCluster(plan);
  stop.throwIfAborted();
  const directory = mkdtempSync(path.join(tmpdir(), 'tangaroa-attack-'));
  const load = new Worker<LoadQuestion>(
    new URL('../load/main.js', import.meta.url),
    path.join(directory, 'load.log'),
  );
  const rogue = new Worker<RogueQuestion>(
    new URL('../rogue/main.js', import.meta.url),
    path.join(directory, 'rogue.log'),
  );
  try {
    const stage = new Stage(plan, { cluster, load, rogue, stop, evidence });
    return await unlessStopped(stage.play(isChoosy), stop);
  } finally {
    await Promise.all([load.end(), rogue.end()]);
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Does not wait for what is under way when it is stopped: that ends for itself, as all that it needs is taken away. */
async function unlessStopped<T>(done: Promise<T>, stop: AbortSignal): Promise<T> {
  let giveUp = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error('stopped'));
  });
  stop.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([done, stopped]);
  } finally {
    stop.removeEventListener('abort', giveUp);
  }
}

interface Players extends RoundDeps {
  readonly cluster: RealCluster;
  readonly load: Worker<LoadQuestion>;
  readonly rogue: Worker<RogueQuestion>;
}

class Stage {
  readonly #plan: RoundPlan;
  readonly #players: Players;
  readonly #rogueIds: readonly string[];
  readonly #honest: readonly string[];

  constructor(plan: RoundPlan, players: Players) {
    this.#plan = plan;
    this.#players = players;
    this.#rogueIds = rogueIdsOf(plan, players.cluster.nodes);
    this.#honest = players.cluster.nodes.filter((id) => !this.#rogueIds.includes(id));
  }

  async play(isChoosy: boolean): Promise<Round | null> {
    const { cluster, load } = this.#players;
    await this.#begin();
    const { seconds } = this.#plan;
    await this.#rest(WARM_UP_MS);
    if (isChoosy && !(await this.#hasItsPlace())) return null;
    const samples = new Samples(() => this.#pids());
    const reading = (): Reading => readingOf(this.#attackerUs(samples));
    await this.#phase('before');
    const begin = reading();
    await this.#rest(500 * seconds);
    const attack = reading();
    samples.reset();
    await this.#phase('during');
    const report = await this.#attack(1_000 * seconds);
    const end = reading();
    await this.#phase('after');
    await this.#rest(500 * seconds);
    const peaks = [...samples.take()].filter(([name]) => this.#honest.includes(name));
    const loaded = await load.ask<LoadReport>({ type: 'end' }, ANSWER_MS);
    const honest = await settled(cluster, this.#honest, SETTLE_MS);
    if (this.#players.evidence !== null) await this.#keepEvidence(this.#players.evidence);
    return {
      seed: this.#plan.seed,
      load: loaded,
      rogue: report,
      rogueIds: this.#rogueIds,
      honest,
      audits: await this.#audits(honest, loaded),
      fallen: this.#fallen(),
      peakBytes: peaks.length === 0 ? null : Math.max(...peaks.map(([, use]) => use.peakBytes)),
      cores: coresOf(availableParallelism(), begin, attack, end),
      electionTimeoutMs: cluster.genesis.document.parameters.electionTimeoutMs,
    };
  }

  /** Honest nodes and the attacker's, then the load; all of them run when it resolves. */
  async #begin(): Promise<void> {
    const { cluster, load, rogue } = this.#players;
    const { attack, seed } = this.#plan;
    const isDisk = attack.by === 'disk';
    const genesisFile = path.join(cluster.directory, 'genesis.json');
    const prepare = async (): Promise<void> => {
      const captured = this.#rogueIds.map((id) => ({ id, directory: cluster.dataDirectory(id) }));
      const setting = { attack: attack.name, genesisFile, captured, seed };
      const keys = stolenKeyFiles(cluster);
      await rogue.ask({ type: 'prepare', ...setting, ...keys }, ANSWER_MS);
    };
    // Together: the first leader may be the attacker's, and the others do not wait long for it.
    await Promise.all([
      cluster.start(...(isDisk ? cluster.nodes : this.#honest)),
      isDisk ? null : prepare(),
    ]);
    const clients = loadedClients(cluster, this.#plan);
    await load.ask({ type: 'connect', genesisFile, clients }, ANSWER_MS);
    await load.ask({ type: 'begin' }, ANSWER_MS);
  }

  /** Who shall attack as the leader leads; in plain Raft it takes the lead when it wants to. */
  async #hasItsPlace(): Promise<boolean> {
    const { attack, protocol } = this.#plan;
    if (attack.by !== 'leader' || protocol === 'raft') return true;
    const { leader } = await this.#players.cluster.view();
    return leader === null || this.#rogueIds.includes(leader);
  }

  #pids(): ReadonlyMap<string, number> {
    const { cluster, rogue } = this.#players;
    const nodes = this.#honest.map((id) => [id, cluster.pid(id)] as const);
    return new Map(
      [...nodes, [ROGUE, rogue.pid] as const].flatMap(([name, pid]) =>
        pid === undefined ? [] : [[name, pid] as const],
      ),
    );
  }

  /** What the attacker has used so far: its process or, where a member is broken, all lives of that member. */
  #attackerUs(samples: Samples): number | null {
    const { cluster } = this.#players;
    if (this.#plan.attack.by !== 'disk') return samples.take().get(ROGUE)?.cpuUs ?? null;
    const pid = cluster.pid(victimOf(cluster.nodes));
    const living = pid === undefined ? null : cpuUsOf(pid);
    return living === null ? null : living + endedUs();
  }

  async #phase(name: Phase): Promise<void> {
    await this.#players.load.ask({ type: 'phase', name }, ANSWER_MS);
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#players.stop });
  }

  async #attack(ms: number): Promise<RogueReport> {
    const { attack } = this.#plan;
    const notes = new Notes();
    if (attack.by === 'disk') {
      await Promise.all([attack.act(this.#inside(ms, notes)), this.#rest(ms)]);
      return notes.report;
    }
    const { rogue } = this.#players;
    await rogue.ask({ type: 'attack' }, ANSWER_MS);
    const meanwhile = 'meanwhile' in attack ? attack.meanwhile?.(this.#inside(ms, notes)) : null;
    await Promise.all([meanwhile, this.#rest(ms)]);
    const report = await rogue.ask<RogueReport>({ type: 'cease' }, ANSWER_MS);
    const broke = [...report.broke, ...notes.report.broke];
    return { ...report, broke, said: [...report.said, ...Object.keys(notes.report.did)] };
  }

  #inside(ms: number, notes: Witness): Inside {
    const { cluster, stop } = this.#players;
    const { attack, protocol, seed } = this.#plan;
    return {
      cluster,
      protocol,
      victim: attack.by === 'disk' ? victimOf(cluster.nodes) : (this.#honest.at(-1) as string),
      random: new Random(seed),
      seconds: ms / 1_000,
      stop: within(ms, stop),
      did: (what, times) => notes.did(what, times),
      broke: (promise) => notes.broke(promise),
    };
  }

  /** As an operator writes it, for whoever wants to show, verify or break one. Where there is none no file is written. */
  async #keepEvidence(directory: string): Promise<void> {
    const { cluster } = this.#players;
    const { attack, protocol, seed } = this.#plan;
    const name = path.resolve(directory, `${attack.name}-${protocol}-${seed}`);
    const file = `${name}.jsonl`;
    const args = ['evidence', 'export', '--output', file, '--key', 'reader'];
    const { code } = await cluster.run(args);
    if (code !== 0 || !existsSync(file)) return;
    copyFileSync(path.join(cluster.directory, 'genesis.json'), `${name}.genesis.json`);
  }

  async #audits(honest: readonly HonestView[], { ledgers }: LoadReport): Promise<readonly Audit[]> {
    const { cluster } = this.#players;
    const answering = honest.filter(({ view }) => view !== null);
    // Equal digests at one index are equal states: one of them speaks for all that have it.
    const different = new Map(
      answering.map(({ node, view }) => [`${view?.applied} ${view?.stateDigest}`, node]),
    );
    return Promise.all([...different.values()].map((node) => audit(cluster, node, ledgers)));
  }

  #fallen(): readonly string[] {
    const { cluster } = this.#players;
    return this.#honest
      .filter((id) => cluster.hasFallen(id))
      .map((id) => `${id}: ${lastWords(cluster.log(id))}`);
  }
}

/** Aborted after `ms`, or with `stop`. A timeout signal that only `AbortSignal.any` holds may be collected, and never tell. */
function within(ms: number, stop: AbortSignal): AbortSignal {
  const over = new AbortController();
  setTimeout(() => over.abort(), ms);
  stop.addEventListener('abort', () => over.abort(), { once: true });
  return over.signal;
}

/** What a program said as it ended, or the last line of its log where it said nothing. */
function lastWords(log: string): string {
  const at = log.lastIndexOf(PROGRAM);
  const words = at < 0 ? (log.trim().split('\n').at(-1) ?? '') : log.slice(at + PROGRAM.length);
  return words.replaceAll(/\s+/gu, ' ').trim().slice(0, LAST_WORDS);
}

/** The name of the attacker's process among those that are watched. */
const ROGUE = 'attacker';

/** Members of whom nothing is expected. Who leads first has the lowest id (E1). */
function rogueIdsOf({ attack, rogues }: RoundPlan, nodes: readonly string[]): readonly string[] {
  const count = roguesOf(attack, rogues);
  switch (attack.by) {
    case 'leader':
      return nodes.slice(0, count);
    case 'follower':
      return nodes.slice(nodes.length - count);
    case 'outsider':
      return attack.dials === true ? nodes.slice(0, count) : nodes.slice(nodes.length - count);
    case 'disk':
      return attack.afterwards === 'honest' ? [] : [victimOf(nodes)];
  }
}

/** Of an attack on a disk: it does not lead at first, one node dials it, and it dials the others (L1). */
function victimOf(nodes: readonly string[]): string {
  const [, second] = nodes;
  assert(second !== undefined, 'a cluster has two nodes');
  return second;
}
