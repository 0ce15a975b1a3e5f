/** Ports of this machine: free ones for a new cluster, and who is in the way of an old one. */
import { createServer } from 'node:net';
import { parseAddress } from '../../node/address.ts';
import { CliError, isSystemError } from '../cli-error.ts';

/** Listens for a moment; port 0 means any. Resolves to the port, or null where it is taken. */
function tryListen(host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (isSystemError(error, 'EADDRINUSE')) resolve(null);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const actual = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(actual));
    });
  });
}

/** Different free ports, as many as asked for: held all at once, so that none comes twice. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen({ host, port: 0 }, () => {
            const address = server.address();
            resolve(typeof address === 'object' && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Says in one line which address is taken, before anything is made or started.
 *
 * @throws CliError `environment`, code `address-in-use`
 */
export async function refuseTakenPorts(addresses: readonly string[], hint: string): Promise<void> {
  for (const text of addresses) {
    const address = parseAddress(text);
    if (address === null) continue;
    if ((await tryListen(address.host, address.port)) === null)
      throw new CliError('environment', `${text} is taken by another process`, {
        code: 'address-in-use',
        hint,
      });
  }
}
