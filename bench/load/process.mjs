/** The load's process, as seen from the benchmark. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { CALM_MS } from './kill.mjs';

/** @typedef {import('../contract.mjs').Cluster} Cluster */
/** @typedef {import('./main.mjs').Request} Request */
/** @typedef {import('./main.mjs').Answer} Answer */

const PROGRAM = fileURLToPath(new URL('main.mjs', import.meta.url));
/** How long a new cluster may take until it has acknowledged a first write. */
const CONNECT_MS = 60_000;
/** What a task may take beyond its own time: the last operations, a drain, an outage. */
const SLACK_MS = 90_000;

export class Load {
  #child;

  /** @param {import('../cluster/children.mjs').Children} children @param {string} logFile */
  constructor(children, logFile) {
    this.#child = children.spawn('load', process.execPath, [PROGRAM], { logFile, ipc: true });
  }

  /** Resolves when every client has written something. @param {Cluster} cluster @param {number} clients */
  async connect({ driver, target, failure }, clients) {
    await this.#ask({ type: 'connect', driver, target, clients }, failure, CONNECT_MS);
  }

  /** @param {Cluster} cluster @param {import('./run.mjs').Preparation} preparation */
  async prepare({ failure }, preparation) {
    await this.#ask({ type: 'prepare', ...preparation }, failure, SLACK_MS);
  }

  /**
   * @param {Cluster} cluster
   * @param {Omit<import('./run.mjs').Task, 'processes'>} task
   * @returns {Promise<import('./window.mjs').Measurement>}
   */
  async measure(cluster, task) {
    await cluster.loopDelays();
    const request = /** @type {const} */ ({
      type: 'measure',
      ...task,
      processes: cluster.processes(),
    });
    const boundMs = (task.warmUpSeconds + task.seconds) * 1000 + SLACK_MS;
    const value = await this.#ask(request, cluster.failure, boundMs);
    const measured = /** @type {import('./window.mjs').Measurement} */ (value);
    const delays = await cluster.loopDelays();
    return {
      ...measured,
      processes: measured.processes.map((one) => ({
        ...one,
        loopDelayMs: delays[one.name] ?? null,
      })),
    };
  }

  /**
   * @param {Cluster} cluster
   * @param {Omit<import('./kill.mjs').KillTask, 'processes'>} task
   * @returns {Promise<import('./kill.mjs').Killed>}
   */
  async kill(cluster, task) {
    const request = /** @type {const} */ ({
      type: 'kill',
      ...task,
      processes: cluster.processes(),
    });
    const value = await this.#ask(request, cluster.failure, task.afterMs + CALM_MS + SLACK_MS);
    return /** @type {import('./kill.mjs').Killed} */ (value);
  }

  /** @param {Cluster} cluster @param {string} node @returns {Promise<number>} ms that it took */
  async caughtUp({ failure }, node) {
    return /** @type {number} */ (await this.#ask({ type: 'caught-up', node }, failure, SLACK_MS));
  }

  /** However it went: afterwards there is no such process. */
  async end() {
    this.#child.process.kill('SIGKILL');
    await this.#child.ended;
  }

  /** @param {Request} request @param {Promise<never>} failure @param {number} boundMs @returns {Promise<unknown>} */
  async #ask(request, failure, boundMs) {
    const { process: child, ended } = this.#child;
    /** @type {(() => void)[]} */
    const undo = [];
    /** @type {Promise<Answer>} */
    const answer = new Promise((resolve, reject) => {
      child.once('message', resolve);
      const late = `the load did not finish '${request.type}' within ${boundMs / 1000} s`;
      const timer = setTimeout(() => reject(new Error(late)), boundMs);
      undo.push(
        () => child.off('message', resolve),
        () => clearTimeout(timer),
      );
      void ended.then((how) => reject(new Error(`the load's process ${how}`)));
    });
    try {
      child.send(request);
      const got = await Promise.race([answer, failure]);
      if (got.ok) return got.value;
      throw new Error(got.message);
    } finally {
      for (const step of undo) step();
    }
  }
}
