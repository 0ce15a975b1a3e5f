/** Processes that make a cluster: who lives, who died unasked, who is started again. */

/** @typedef {import('./children.mjs').Child} Child */
/** @typedef {{ name: string, start: () => Child }} Start */

/**
 * @param {object} parts
 * @param {string} parts.driver
 * @param {unknown} parts.target
 * @param {readonly Start[]} parts.starts
 * @param {(child: Child) => Promise<number | null>} parts.loopDelay
 * @returns {import('../contract.mjs').Cluster}
 */
export function makeCluster({ driver, target, starts, loopDelay }) {
  /** @type {Map<string, Child>} */
  const children = new Map();
  let killsExpected = 0;
  /** @type {(error: Error) => void} */
  let fail = () => undefined;
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => (fail = reject));
  // Whoever waits for it is told.
  failure.catch(() => undefined);
  let stopping = false;

  /** @param {Start} start */
  const launch = ({ name, start }) => {
    const child = start();
    children.set(name, child);
    void child.ended.then((how) => {
      if (stopping) return;
      if (child.process.signalCode === 'SIGKILL' && killsExpected > 0) killsExpected--;
      else fail(new Error(`${name} ${how}`));
    });
  };
  const live = () => [...children.values()].filter((child) => child.isLive());
  for (const start of starts) launch(start);

  return {
    driver,
    target,
    failure,
    processes: () => live().map(({ name, pid }) => ({ name, pid })),
    async loopDelays() {
      const told = await Promise.all(
        live().map(async (child) => /** @type {const} */ ([child.name, await loopDelay(child)])),
      );
      return Object.fromEntries(told.flatMap(([name, ms]) => (ms === null ? [] : [[name, ms]])));
    },
    expectKill: () => void killsExpected++,
    async restart(name) {
      const start = starts.find((one) => one.name === name);
      if (start === undefined) throw new Error(`there is no process ${name}`);
      await children.get(name)?.ended;
      launch(start);
    },
    // Their directories are thrown away with them: nothing has to end in order.
    async stop() {
      stopping = true;
      for (const { process } of live()) process.kill('SIGKILL');
      await Promise.all([...children.values()].map(({ ended }) => ended));
    },
  };
}
