/**
 * The node processes of `dev`: one child each, stopped by id when this process stops. A child of a parent that was
 * killed abruptly sees its IPC channel end and stops itself.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { CliError, systemError } from '../cli-error.ts';
import { deferred } from '../deferred.ts';
import { parseChildMessage } from './child-protocol.ts';

/** A node hands over and drains within this; afterwards it is killed. */
const STOP_MS = 10_000;

export interface SupervisedNode {
  readonly id: string;
  readonly directory: string;
}

export interface SupervisorOptions {
  readonly nodes: readonly SupervisedNode[];
  /** The file that runs this program. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directories are relative to it, or absolute. */
  readonly cwd: string;
  readonly logDirectory: string;
  readonly logLevel: string;
}

export interface SupervisorDeps {
  /** A node ended though nobody had asked it to. */
  readonly onDeath: (id: string, error: CliError) => void;
}

interface Child {
  readonly node: SupervisedNode;
  readonly process: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  hasEnded: boolean;
}

/** Only what a node may take from its surroundings: `dev`'s own TANGAROA_* flags are not the nodes'. */
function childEnvironment(env: SupervisorOptions['env']): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([name, value]) =>
      value !== undefined && (!name.startsWith('TANGAROA_') || name === 'TANGAROA_DEBUG'),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

function howItEnded(id: string, code: number | null, signal: string | null, log: string): string {
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
  return `${id} ${how}; its log is ${log}`;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #deps: SupervisorDeps;
  readonly #children = new Map<string, Child>();
  #isStopping = false;

  constructor(options: SupervisorOptions, deps: SupervisorDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Nodes whose process lives. */
  get running(): readonly string[] {
    return [...this.#children.values()]
      .filter((child) => !child.hasEnded)
      .map(({ node }) => node.id);
  }

  logFile(id: string): string {
    return path.join(this.#options.logDirectory, `${id}.log`);
  }

  /**
   * Starts all nodes; resolves when all listen.
   *
   * @throws CliError of the first node that could not start
   */
  async start(): Promise<void> {
    try {
      const { cwd, logDirectory } = this.#options;
      mkdirSync(path.resolve(cwd, logDirectory), { recursive: true });
      for (const node of this.#options.nodes) this.#children.set(node.id, this.#spawn(node));
    } catch (error) {
      throw systemError(`start the nodes`, error);
    }
    await Promise.all([...this.#children.values()].map((child) => child.ready));
  }

  #spawn(node: SupervisedNode): Child {
    const log = openSync(path.resolve(this.#options.cwd, this.logFile(node.id)), 'a', 0o600);
    const args = ['start', node.directory, '--supervised', '--log-level', this.#options.logLevel];
    const process = fork(this.#options.entry, args, {
      stdio: ['ignore', 'ignore', log, 'ipc'],
      cwd: this.#options.cwd,
      env: childEnvironment(this.#options.env),
      // Its own process group: Ctrl-C reaches this process only, which then stops them in order.
      detached: true,
    });
    closeSync(log);
    return this.#watch(node, process);
  }

  #watch(node: SupervisedNode, process: ChildProcess): Child {
    const ready = deferred<void>();
    const ended = deferred<void>();
    // Whoever waits for it is told; a death after that is told by `onDeath`.
    ready.promise.catch(() => undefined);
    const child: Child = {
      node,
      process,
      ready: ready.promise,
      ended: ended.promise,
      hasEnded: false,
    };
    let failure: CliError | null = null;
    let isReady = false;
    process.on('message', (value) => {
      const message = parseChildMessage(value);
      if (message?.type === 'ready') {
        isReady = true;
        ready.resolve();
      } else if (message?.type === 'failed') {
        const { exit, code, hint } = message;
        const detail = hint === null ? { code } : { code, hint };
        failure = new CliError(exit, `${node.id}: ${message.message}`, detail);
      }
    });
    const end = (code: number | null, signal: string | null): void => {
      if (child.hasEnded) return;
      child.hasEnded = true;
      const how = howItEnded(node.id, code, signal, this.logFile(node.id));
      const error = failure ?? new CliError('node-died', how);
      ready.reject(error);
      ended.resolve();
      if (isReady && !this.#isStopping) this.#deps.onDeath(node.id, error);
    };
    process.on('exit', end);
    process.on('error', (error) => {
      failure ??= new CliError('internal', `${node.id}: ${error.message}`, { cause: error });
      if (process.pid === undefined) end(null, null);
    });
    return child;
  }

  /** Stops all nodes that run; kills those that do not stop in time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const children = [...this.#children.values()].filter((child) => !child.hasEnded);
    for (const child of children) child.process.kill('SIGTERM');
    const timer = setTimeout(() => this.killAll(), STOP_MS);
    await Promise.all(children.map((child) => child.ended));
    clearTimeout(timer);
  }

  /** For the very end of this process: nothing may stay behind. */
  killAll(): void {
    for (const child of this.#children.values()) if (!child.hasEnded) child.process.kill('SIGKILL');
  }
}
