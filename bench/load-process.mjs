/** The client's process, as seen from the benchmark: one measurement after the other over one connection. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {ReturnType<typeof import('./statistics.mjs').summarize>} Summary */
/** @typedef {{ inFlight: number, seconds: number, valueBytes: number }} Task */
/** @typedef {{ genesisFile: string, keyFile: string }} ClusterFiles */
/** @typedef {{ type: 'ready' } | { type: 'done', summary: Summary } | { type: 'failed', message: string }} Answer */

/**
 * @param {ClusterFiles} files
 * @param {AbortSignal} stop ends the process
 */
export function startLoad(files, stop) {
  const script = fileURLToPath(new URL('load.mjs', import.meta.url));
  const child = fork(script, [files.genesisFile, files.keyFile]);
  if (stop.aborted) child.kill('SIGKILL');
  stop.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });

  /** @returns {Promise<Answer>} */
  const answer = () =>
    new Promise((resolve, reject) => {
      /** @param {unknown} message */
      const onMessage = (message) => settle(() => resolve(/** @type {Answer} */ (message)));
      const onExit = () =>
        settle(() =>
          reject(
            stop.aborted && stop.reason instanceof Error
              ? stop.reason
              : new Error('the client process ended early'),
          ),
        );
      /** @param {() => void} how */
      const settle = (how) => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        how();
      };
      child.once('message', onMessage);
      child.once('exit', onExit);
    });

  /** @param {Answer} got */
  const check = (got) => {
    if (got.type === 'failed') throw new Error(got.message);
    return got;
  };

  return {
    /** Resolves when the client has put something, so when the cluster has a leader. */
    ready: answer().then(check),
    /** @param {Task} task @returns {Promise<Summary>} */
    async run(task) {
      const answered = answer();
      child.send(task);
      const got = check(await answered);
      if (got.type !== 'done') throw new Error('the client process is out of step');
      return got.summary;
    },
    /** However it went: afterwards there is no such process. @returns {Promise<unknown>} */
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      return await exited;
    },
  };
}
