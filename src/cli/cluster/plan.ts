/** What `init` is asked to make: nodes with addresses, clients with roles. Checked before a file is written. */
import { isNodeId } from '../../consensus/model/ids.ts';
import type { NodeId } from '../../consensus/model/ids.ts';
import type { ClientRole, Parameters } from '../../consensus/model/configuration.ts';
import { limits } from '../../base/limits.ts';
import { CLIENT_ROLES } from '../../wire/configuration.ts';
import { isAddress } from '../../wire/address.ts';
import { isName } from '../../wire/configuration-check.ts';
import type { ProtocolName } from '../../wire/protocol.ts';
import { CliError } from '../cli-error.ts';
import { CLIENTS_DIRECTORY, LOGS_DIRECTORY } from './files.ts';

export interface PlannedNode {
  readonly id: NodeId;
  readonly address: string;
}

export interface PlannedClient {
  readonly name: string;
  readonly role: ClientRole;
}

export interface ClusterPlan {
  readonly protocol: ProtocolName;
  readonly name: string;
  readonly nodes: readonly PlannedNode[];
  readonly clients: readonly PlannedClient[];
  readonly parameters: Parameters;
}

export const DEFAULT_CLIENTS: readonly PlannedClient[] = [
  { name: 'admin', role: 'admin' },
  { name: 'writer', role: 'writer' },
  { name: 'reader', role: 'reader' },
];

/** `node1` … `node4`; with ten or more `node01` …, so that the order of names is that of numbers. */
export function nodeName(number: number, count: number): NodeId {
  return `node${String(number).padStart(String(count).length, '0')}` as NodeId;
}

/** Nodes on these ports of one host. */
export function portsOn(host: string, ports: readonly number[]): PlannedNode[] {
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return ports.map((port, at) => ({
    id: nodeName(at + 1, ports.length),
    address: `${shownHost}:${port}`,
  }));
}

/** Nodes on consecutive ports of one host. */
export function nodesOnPorts(host: string, firstPort: number, count: number): PlannedNode[] {
  if (firstPort + count - 1 > 65_535)
    throw new CliError('usage', `${count} ports from ${firstPort} on end above 65535`);
  return portsOn(
    host,
    Array.from({ length: count }, (_, at) => firstPort + at),
  );
}

/** Reads `[id=]host:port` of every node. */
export function parseNodes(texts: readonly string[]): PlannedNode[] {
  if (texts.length > limits.votersMax)
    throw new CliError('usage', `${texts.length} nodes, where at most ${limits.votersMax} vote`);
  return texts.map((text, at) => {
    const equals = text.indexOf('=');
    const id = equals < 0 ? nodeName(at + 1, texts.length) : text.slice(0, equals);
    const address = text.slice(equals + 1);
    if (!isNodeId(id) || id === CLIENTS_DIRECTORY || id === LOGS_DIRECTORY)
      throw new CliError(
        'usage',
        `'${id}' is no name for a node: 1 to 32 characters of a-z, 0-9 and -, not ${CLIENTS_DIRECTORY} or ${LOGS_DIRECTORY}`,
      );
    if (!isAddress(address))
      throw new CliError('usage', `'${address}' is not an address: host:port or [ipv6]:port`);
    return { id, address };
  });
}

/** Reads `name:role` of every client. */
export function parseClients(texts: readonly string[]): PlannedClient[] {
  const names = new Set<string>();
  return texts.map((text) => {
    const [name = '', roleText = 'writer', ...rest] = text.split(':');
    const role = CLIENT_ROLES.find((candidate) => candidate === roleText);
    if (role === undefined || rest.length > 0)
      throw new CliError(
        'usage',
        `'${text}' is not a client: name:role, where role is ${CLIENT_ROLES.join(', ')}`,
      );
    // The name becomes a file's: key-files.ts takes small letters only.
    if (!isName(name) || name !== name.toLowerCase())
      throw new CliError(
        'usage',
        `'${name}' is no name for a client: 1 to 32 of a-z, 0-9, '-', '_' and '.'`,
      );
    if (names.has(name)) throw new CliError('usage', `two clients named '${name}'`);
    names.add(name);
    return { name, role };
  });
}
