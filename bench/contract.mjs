/**
 * The words of the benchmark, as types. A row is one workload on one subject; a report is rows and what is told about
 * them. Whoever adds rows (`ablation/index.mjs`) writes subjects: what to start, and which driver speaks to it.
 */

/** @typedef {{ name: string, pid: number }} Proc a process that belongs to a cluster */

/**
 * A running cluster. `driver` is the URL of a module that exports `connect` (see `Driver`), loaded by the load's own
 * process, which is handed `target` as JSON.
 *
 * @typedef {object} Cluster
 * @property {string} driver
 * @property {unknown} target
 * @property {() => readonly Proc[]} processes those that live now
 * @property {() => Promise<Readonly<Record<string, number>>>} loopDelays worst event-loop delay in ms of each process
 *   since this was last asked; empty where a process does not tell
 * @property {Promise<never>} failure rejects when a process ends that nobody has asked to
 * @property {() => void} expectKill the next process that ends by SIGKILL is no failure
 * @property {(name: string) => Promise<void>} restart starts a process anew once it has ended
 * @property {() => Promise<void>} stop ends all processes; may be called twice
 */

/**
 * What is measured: a system of a certain size.
 *
 * @typedef {object} Subject
 * @property {string} id for files: `tangaroa:4`
 * @property {string} label for people: `Tangaroa, 4 nodes`
 * @property {number} nodes
 * @property {(directory: string, nodes: number, context: StartContext) => Promise<Cluster>} start in an empty
 *   directory, so that every round finds the same state
 */

/**
 * @typedef {object} StartContext
 * @property {AbortSignal} stop
 * @property {import('./cluster/children.mjs').Children} children every process is started through it
 * @property {number} clientKeys how many writers the load will be
 */

/** @typedef {'put' | 'get' | 'get-local' | 'mixed' | 'import' | 'none'} Operation */

/**
 * So many operations in flight (closed loop), or so many due each second (open loop), or none at all.
 *
 * @typedef {object} Workload
 * @property {string} id for files: `put-256`
 * @property {string} label for people
 * @property {string} group rows of one group make one line of a plot
 * @property {Operation} operation
 * @property {{ type: 'closed', inFlight: number } | { type: 'open', perSecond: number } | { type: 'rest' }} loop
 * @property {number} clients keys (for etcd: connections) over which the operations go round
 * @property {number} valueBytes
 * @property {string} [dataFile] of `import`: JSON lines with `key` and `value`; the row ends when all are written
 */

/** @typedef {{ id: string, subject: Subject, workload: Workload }} Row */

/**
 * What a driver module exports as `connect(target, count)`.
 *
 * @typedef {object} Driver
 * @property {readonly DriverClient[]} clients as many as asked for
 * @property {(timeoutMs?: number) => Promise<Readonly<Record<string, NodeCounts>>>} counts what each node that answers
 *   in time counted
 * @property {() => Promise<string | null>} leader the node that a majority takes for the leader
 */

/**
 * Every operation resolves when the system has acknowledged it durably, and rejects if it failed. A read resolves to
 * the length of the value in bytes, or null where there is none.
 *
 * @typedef {object} DriverClient
 * @property {(key: string, value: Uint8Array) => Promise<unknown>} put
 * @property {(key: string) => Promise<number | null>} get linearizable
 * @property {(key: string) => Promise<number | null>} getLocal one node's word
 */

/**
 * Counters that only grow, and where the node stands. Names of counters are the node's own.
 *
 * @typedef {object} NodeCounts
 * @property {string | null} leader
 * @property {number} term
 * @property {number} backoff how often its timeouts were doubled (S3); 0 where they never are
 * @property {number} applied index
 * @property {Readonly<Record<string, number>>} counters
 */

export {};
