/** The genesis document as the JSON file that people hand around. Strict: nothing missing, nothing unknown. */
import { utf8 } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import { quoted, shown } from '../base/text.ts';
import type { Parameters } from '../consensus/model/configuration.ts';
import type { Digest, NodeId } from '../consensus/model/ids.ts';
import { CLIENT_ROLES } from './configuration.ts';
import { checkGenesis } from './genesis-document.ts';
import type {
  GenesisClient,
  GenesisDocument,
  GenesisResult,
  GenesisVoter,
} from './genesis-document.ts';
import { PROTOCOL_NAMES } from './protocol.ts';

export { checkGenesis, makeGenesis } from './genesis-document.ts';
export type { Genesis, GenesisDocument, GenesisResult } from './genesis-document.ts';

/** Thrown and caught in this file only. */
class FieldError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** The genesis that a JSON text describes, or one line that names the field that is wrong. */
export function parseGenesis(text: string, digest: Digest): GenesisResult {
  // A character is at least a byte, so this bounds the work before any is done.
  if (text.length > limits.genesisBytesMax)
    return { ok: false, reason: `longer than ${limits.genesisBytesMax} bytes` };
  try {
    return checkGenesis(readDocument(parseJson(text)), digest);
  } catch (error) {
    if (error instanceof FieldError) return { ok: false, reason: error.message };
    throw error;
  }
}

/** The document as indented JSON with its fields in a fixed order, ending in a new line. */
export function formatGenesis(document: GenesisDocument): string {
  const { protocol, name, nonce, createdMs, voters, clients, parameters } = document;
  const ordered = {
    protocol,
    name,
    nonce,
    createdMs,
    voters: voters.map(({ id, publicKey, address }) => ({ id, publicKey, address })),
    clients: clients.map(({ name: client, publicKey, role }) => ({
      name: client,
      publicKey,
      role,
    })),
    parameters: {
      heartbeatIntervalMs: parameters.heartbeatIntervalMs,
      electionTimeoutMs: parameters.electionTimeoutMs,
      requestTimeoutMs: parameters.requestTimeoutMs,
      clockDriftMs: parameters.clockDriftMs,
      capacityBytes: parameters.capacityBytes,
    },
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FieldError(
      `not JSON: ${error instanceof Error ? shown(error.message) : 'unreadable'}`,
    );
  }
}

function readDocument(json: unknown): GenesisDocument {
  const fields = readFields(json, 'the document', [
    'protocol',
    'name',
    'nonce',
    'createdMs',
    'voters',
    'clients',
    'parameters',
  ]);
  return {
    protocol: readOneOf(fields['protocol'], 'protocol', PROTOCOL_NAMES),
    name: readText(fields['name'], 'name'),
    nonce: readText(fields['nonce'], 'nonce'),
    createdMs: readNumber(fields['createdMs'], 'createdMs'),
    voters: readArray(fields['voters'], 'voters', 2 * limits.votersMax, readVoter),
    clients: readArray(fields['clients'], 'clients', limits.clientsMax, readClient),
    parameters: readParameters(fields['parameters']),
  };
}

function readVoter(json: unknown, path: string): GenesisVoter {
  const fields = readFields(json, path, ['id', 'publicKey', 'address']);
  return {
    id: readText(fields['id'], `${path}.id`) as NodeId,
    publicKey: readText(fields['publicKey'], `${path}.publicKey`),
    address: readText(fields['address'], `${path}.address`),
  };
}

function readClient(json: unknown, path: string): GenesisClient {
  const fields = readFields(json, path, ['name', 'publicKey', 'role']);
  return {
    name: readText(fields['name'], `${path}.name`),
    publicKey: readText(fields['publicKey'], `${path}.publicKey`),
    role: readOneOf(fields['role'], `${path}.role`, CLIENT_ROLES),
  };
}

function readParameters(json: unknown): Parameters {
  const names = [
    'heartbeatIntervalMs',
    'electionTimeoutMs',
    'requestTimeoutMs',
    'clockDriftMs',
    'capacityBytes',
  ] as const;
  const fields = readFields(json, 'parameters', names);
  const read = (name: (typeof names)[number]): number =>
    readNumber(fields[name], `parameters.${name}`);
  return {
    heartbeatIntervalMs: read('heartbeatIntervalMs'),
    electionTimeoutMs: read('electionTimeoutMs'),
    requestTimeoutMs: read('requestTimeoutMs'),
    clockDriftMs: read('clockDriftMs'),
    capacityBytes: read('capacityBytes'),
  };
}

function readFields(json: unknown, path: string, names: readonly string[]): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new FieldError(`${path}: not an object`);
  const unknown = Object.keys(json).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new FieldError(`${path}: unknown field ${quoted(unknown)}`);
  const missing = names.find((name) => !Object.hasOwn(json, name));
  if (missing !== undefined) throw new FieldError(`${path}: field "${missing}" is missing`);
  return json as Fields;
}

function readArray<T>(
  json: unknown,
  path: string,
  max: number,
  read: (item: unknown, path: string) => T,
): readonly T[] {
  if (!Array.isArray(json)) throw new FieldError(`${path}: not a list`);
  if (json.length > max) throw new FieldError(`${path}: ${json.length} items, at most ${max}`);
  return json.map((item: unknown, i) => read(item, `${path}[${i}]`));
}

function readText(json: unknown, path: string): string {
  if (typeof json !== 'string') throw new FieldError(`${path}: not a text`);
  if (json.length > 255 || utf8(json).length > 255) throw new FieldError(`${path}: too long`);
  return json;
}

function readNumber(json: unknown, path: string): number {
  if (typeof json !== 'number') throw new FieldError(`${path}: not a number`);
  return json;
}

function readOneOf<T extends string>(json: unknown, path: string, names: readonly T[]): T {
  const name = names.find((each) => each === json);
  if (name === undefined)
    throw new FieldError(`${path}: ${quoted(json)} is not one of ${names.join(', ')}`);
  return name;
}
