/** etcd as its package installs it: synced writes, default settings, one process a node. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeCluster } from './process-cluster.mjs';
import { freePorts } from './ports.mjs';

const PROGRAM = 'etcd';
const DRIVER = new URL('../load/drivers/etcd.mjs', import.meta.url);

/** @returns {string | null} its version, or null where it is not installed */
export function etcdVersion() {
  const { status, stdout } = spawnSync(PROGRAM, ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0) return null;
  return /etcd Version: (\S+)/u.exec(stdout)?.[1] ?? 'unknown';
}

/**
 * @param {string} directory an empty one
 * @param {number} nodes
 * @param {import('../contract.mjs').StartContext} context
 */
export async function startEtcd(directory, nodes, { children }) {
  const ports = await freePorts(2 * nodes);
  const members = Array.from({ length: nodes }, (_, at) => ({
    name: `etcd${at + 1}`,
    client: `http://127.0.0.1:${ports[2 * at]}`,
    peer: `http://127.0.0.1:${ports[2 * at + 1]}`,
  }));
  const initial = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  return makeCluster({
    driver: DRIVER.href,
    target: { endpoints: members.map(({ name, client }) => ({ name, url: client })) },
    starts: members.map(({ name, client, peer }) => ({
      name,
      start: () =>
        children.spawn(
          name,
          PROGRAM,
          [
            ...['--name', name, '--data-dir', join(directory, name)],
            ...['--listen-client-urls', client, '--advertise-client-urls', client],
            ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
            ...['--initial-cluster', initial, '--initial-cluster-state', 'new'],
            ...['--logger', 'zap', '--log-level', 'warn'],
          ],
          { logFile: join(directory, `${name}.log`) },
        ),
    })),
    loopDelay: () => Promise.resolve(null),
  });
}
