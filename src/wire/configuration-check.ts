/**
 * What every configuration must be, wherever it comes from: a genesis document or an entry's payload. Each check
 * answers null, or one line that names what is wrong. Whether a key is a good point (G4) is for `crypto/` to say.
 */
import { limits } from '../base/limits.ts';
import { toHex } from '../base/bytes.ts';
import { quoted } from '../base/text.ts';
import type {
  ClientRecord,
  Configuration,
  Member,
  Parameters,
} from '../consensus/model/configuration.ts';
import { isNodeId } from '../consensus/model/ids.ts';
import { isAddress } from './address.ts';
import { KEY_BYTES } from './layout.ts';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/u;
/** Of clusters and clients: 1 to 32 letters, digits, dots, underscores and dashes, a letter or digit at either end. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

export function checkConfiguration(configuration: Configuration): string | null {
  const { members, clients, parameters } = configuration;
  return (
    checkSets(configuration) ??
    checkMembers(members) ??
    checkClients(configuration) ??
    checkKeys(members, clients) ??
    checkParameters(parameters, members.length)
  );
}

function checkSets({ sets, members }: Configuration): string | null {
  for (const set of sets) {
    if (set.length < 1 || set.length > limits.votersMax)
      return `voters: ${set.length} of them, where 1 to ${limits.votersMax} are allowed`;
    if (!ascends(set)) return 'voters: not sorted, or one twice';
  }
  const named = new Set<string>(sets.flat());
  if (named.size !== members.length || members.some(({ id }) => !named.has(id)))
    return 'voters: the members are not those of the voter sets';
  return null;
}

function checkMembers(members: readonly Member[]): string | null {
  for (const { id, address, publicKey } of members) {
    if (!isNodeId(id)) return `voters: ${quoted(id)} is not a node id`;
    if (publicKey.length !== KEY_BYTES) return `voters: the key of ${id} is not 32 bytes`;
    if (!isAddress(address)) return `voters: the address of ${id} is not host:port`;
  }
  if (!ascends(members.map(({ id }) => id))) return 'voters: not sorted by id, or one twice';
  const address = repeated(members.map((member) => member.address.toLowerCase()));
  return address === null ? null : `voters: the address ${address} stands there twice`;
}

function checkClients({ clients, epoch }: Configuration): string | null {
  if (clients.length > limits.clientsMax)
    return `clients: ${clients.length} of them, where at most ${limits.clientsMax} are allowed`;
  for (const { name, publicKey, listed } of clients) {
    if (!isName(name)) return `clients: ${quoted(name)} is not a name`;
    if (publicKey.length !== KEY_BYTES) return `clients: the key of ${name} is not 32 bytes`;
    if (listed > epoch) return `clients: ${name} is listed in a later epoch`;
  }
  if (!ascends(clients.map(({ name }) => name)))
    return 'clients: not sorted by name, or a name twice';
  return null;
}

/** One key, one vote; and no client whose requests could be taken for another's. */
function checkKeys(members: readonly Member[], clients: readonly ClientRecord[]): string | null {
  const key = repeated([...members, ...clients].map(({ publicKey }) => toHex(publicKey)));
  return key === null ? null : `voters, clients: the key ${key} stands there twice`;
}

const HOUR_MS = 3_600_000;

function checkParameters(parameters: Parameters, members: number): string | null {
  const { heartbeatIntervalMs: heartbeat, electionTimeoutMs, requestTimeoutMs } = parameters;
  return (
    checkRange('heartbeatIntervalMs', heartbeat, 1, HOUR_MS) ??
    // A leader must be heard more than once in a timeout, or one lost frame deposes it.
    checkRange('electionTimeoutMs', electionTimeoutMs, 2 * heartbeat, HOUR_MS) ??
    checkRange('requestTimeoutMs', requestTimeoutMs, 2 * heartbeat, HOUR_MS) ??
    checkRange('clockDriftMs', parameters.clockDriftMs, 1, 24 * HOUR_MS) ??
    // S4: a voter's share must hold the largest request, or that one could never be ordered.
    checkRange('capacityBytes', parameters.capacityBytes, members * limits.requestBytesMax, 2 ** 40)
  );
}

function checkRange(name: string, value: number, low: number, high: number): string | null {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return null;
  return `parameters.${name}: ${value} is not a whole number from ${low} to ${high}`;
}

function ascends(texts: readonly string[]): boolean {
  return texts.every((text, i) => i === 0 || text > (texts[i - 1] as string));
}

function repeated(texts: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const text of texts) {
    if (seen.has(text)) return text;
    seen.add(text);
  }
  return null;
}
