/** Real node processes on free loopback ports, driven as a user drives them. Every process is ended by its id. */
import { execFile, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { viewCluster } from '../../src/cli/cluster/status-view.ts';
import type { ClusterView } from '../../src/cli/cluster/status-view.ts';
import { isEven } from '../../src/cli/dev/caught-up.ts';
import { freePorts } from '../../src/cli/dev/ports.ts';
import type { TangaroaClient } from '../../src/client/client.ts';
import { nativeDigest } from '../../src/node/native-crypto.ts';
import { openClient } from '../../src/node/client-transport.ts';
import { readKeyFile } from '../../src/node/key-files.ts';
import { parseGenesis } from '../../src/wire/genesis.ts';
import type { Genesis } from '../../src/wire/genesis.ts';

/** The repository's top folder, also for a copy of this file that was compiled into dist. */
export const ROOT: string = folderWith('package.json', import.meta.dirname);
export const MAIN: string = path.join(ROOT, 'dist/cli/main.js');
export const NODES: readonly string[] = nodeNames(4);

function folderWith(file: string, from: string): string {
  if (existsSync(path.join(from, file))) return from;
  const up = path.dirname(from);
  if (up === from) throw new Error(`no ${file} above ${import.meta.dirname}`);
  return folderWith(file, up);
}

function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `node${at + 1}`);
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

/** Runs one command in its own process. */
export function cli(args: readonly string[], options: CliOptions): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        maxBuffer: 256 * 1024 * 1024,
        // A command that should have ended is ended, and fails its test with code -1.
        timeout: 45_000,
        killSignal: 'SIGKILL',
        ...(options.uid === undefined ? {} : { uid: options.uid }),
      },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, out, err });
      },
    );
    child.stdin?.end(options.stdin ?? '');
  });
}

export interface NodeProcess {
  readonly child: ChildProcess;
  /** Resolves when it listens; rejects with what it said when it could not start. */
  readonly ready: Promise<void>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export class RealCluster implements AsyncDisposable {
  readonly cwd: string;
  readonly directory: string;
  readonly nodes: readonly string[];
  readonly #nodes = new Map<string, NodeProcess>();
  #observer: TangaroaClient | null = null;
  #isOver = false;

  constructor(cwd: string, nodes: readonly string[] = NODES) {
    this.cwd = cwd;
    this.nodes = nodes;
    this.directory = path.join(cwd, 'c');
  }

  /** `flags`: of `init`. */
  static async make(size = NODES.length, flags: readonly string[] = []): Promise<RealCluster> {
    const cwd = mkdtempSync(path.join(tmpdir(), 'tangaroa-cluster-'));
    const cluster = new RealCluster(cwd, nodeNames(size));
    const ports = await freePorts('127.0.0.1', size);
    const addresses = ports.flatMap((port) => ['--address', `127.0.0.1:${port}`]);
    const made = await cli(['init', 'c', ...addresses, ...flags], { cwd });
    if (made.code !== 0) {
      await cluster[Symbol.asyncDispose]();
      throw new Error(made.err === '' ? `init ended with ${made.code}` : made.err);
    }
    return cluster;
  }

  dataDirectory(id: string): string {
    return path.join(this.directory, id);
  }

  /** Of a node that was started here and not ended here. */
  pid(id: string): number | undefined {
    return this.#nodes.get(id)?.child.pid;
  }

  /** Of a node that was started here: that it ended though nobody asked it to. */
  hasFallen(id: string): boolean {
    const child = this.#nodes.get(id)?.child;
    return child !== undefined && (child.exitCode !== null || child.signalCode !== null);
  }

  log(id: string): string {
    const file = path.join(this.cwd, `${id}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** `flags`: of `start`. */
  spawn(
    id: string,
    directory: string = this.dataDirectory(id),
    flags: readonly string[] = [],
  ): NodeProcess {
    if (this.#isOver) throw new Error('nothing starts in a cluster that is over');
    const log = openSync(path.join(this.cwd, `${id}.log`), 'a');
    const child = fork(MAIN, ['start', directory, '--supervised', ...flags], {
      stdio: ['ignore', 'ignore', log, 'ipc'],
    });
    const exited = once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
    const ready = new Promise<void>((resolve, reject) => {
      child.once('message', (message: { type: string; message?: string }) => {
        if (message.type === 'ready') resolve();
        else reject(new Error(message.message));
      });
      void exited.then(({ code }) => reject(new Error(`exit ${code}: ${this.log(id)}`)));
    });
    ready.catch(() => undefined);
    const node = { child, ready, exited };
    this.#nodes.set(id, node);
    return node;
  }

  async start(...ids: readonly string[]): Promise<void> {
    const wanted = ids.length === 0 ? this.nodes : ids;
    await Promise.all(wanted.map((id) => this.spawn(id).ready));
  }

  async end(signal: NodeJS.Signals, ...ids: readonly string[]) {
    const wanted = ids.length === 0 ? [...this.#nodes.keys()] : ids;
    return Promise.all(
      wanted.map((id) => {
        const node = this.#nodes.get(id);
        if (node === undefined) throw new Error(`${id} does not run`);
        this.#nodes.delete(id);
        node.child.kill(signal);
        return node.exited;
      }),
    );
  }

  run(args: readonly string[], options: Partial<CliOptions> = {}): Promise<Ran> {
    return cli(args, {
      cwd: this.cwd,
      ...options,
      env: { TANGAROA_CLUSTER: this.directory, ...options.env },
    });
  }

  get genesis(): Genesis {
    const text = readFileSync(path.join(this.directory, 'genesis.json'), 'utf8');
    const result = parseGenesis(text, nativeDigest);
    if (!result.ok) throw new Error(result.reason);
    return result.genesis;
  }

  async client(name: string, timeoutMs = 30_000): Promise<TangaroaClient> {
    const { secretKey } = await readKeyFile(
      path.join(this.directory, 'clients', `${name}.key`),
      'client',
    );
    return openClient({ genesis: this.genesis, secretKey, timeoutMs });
  }

  /** The cluster as its nodes see it. */
  async view(): Promise<ClusterView> {
    this.#observer ??= await this.client('reader');
    const { document, configuration } = this.genesis;
    return viewCluster(document, configuration.sets, await this.#observer.statusAll());
  }

  /** Polls until all nodes answer and have applied the same, and returns their state digests. */
  async evenDigests(): Promise<readonly string[]> {
    for (;;) {
      const view = await this.view();
      if (isEven(view)) return view.nodes.map((node) => node.view?.stateDigest ?? '');
      await sleep(50);
    }
  }

  async leader(): Promise<string> {
    for (;;) {
      const { leader } = await this.view();
      if (leader !== null) return leader;
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#observer?.close();
    await this.end('SIGKILL');
    rmSync(this.cwd, { recursive: true, force: true, maxRetries: 10 });
  }
}
