/**
 * A configuration in bytes: epoch, number of voter sets, members (each with the sets it is in), clients, parameters.
 * Sets and client ids are derived, so they cannot disagree with the members and keys.
 */
import { assert } from '../base/assert.ts';
import { DecodeError, Writer } from '../base/binary.ts';
import type { Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type {
  ClientRecord,
  ClientRole,
  Configuration,
  Member,
  Parameters,
  VoterSets,
} from '../consensus/model/configuration.ts';
import type { ClientId, Digest, Epoch, NodeId, PublicKey } from '../consensus/model/ids.ts';
import { checkConfiguration } from './configuration-check.ts';
import type { WireContext } from './context.ts';
import {
  SIGNERS_MAX,
  readEpoch,
  readList,
  readName,
  readNodeId,
  readPublicKey,
  writeList,
} from './layout.ts';

/** Codes by place, never reused. */
export const CLIENT_ROLES: readonly ClientRole[] = ['reader', 'writer', 'admin'];

/** C1: SHA-256 of the key and the epoch in which it was listed. */
export function deriveClientId(publicKey: PublicKey, listed: Epoch, digest: Digest): ClientId {
  return digest(new Writer(40).raw(publicKey).u53(listed).finish()) as string as ClientId;
}

export function writeConfiguration(writer: Writer, configuration: Configuration): Writer {
  const { sets, members, clients } = configuration;
  const reason = checkConfiguration(configuration);
  assert(reason === null, `a configuration that nobody would take: ${reason}`);
  writer.u53(configuration.epoch).u8(sets.length);
  writeList(writer, members, (each, member) =>
    each.text(member.id).raw(member.publicKey).text(member.address).u8(setsOf(sets, member.id)),
  );
  writeList(writer, clients, (each, client) =>
    each
      .text(client.name)
      .raw(client.publicKey)
      .u8(CLIENT_ROLES.indexOf(client.role))
      .u53(client.listed),
  );
  return writeParameters(writer, configuration.parameters);
}

/** Bit 0: in the first set; bit 1: in the second. */
function setsOf(sets: VoterSets, id: NodeId): number {
  return (sets[0].includes(id) ? 1 : 0) | (sets[1]?.includes(id) === true ? 2 : 0);
}

function readMember(reader: Reader): { readonly member: Member; readonly mask: number } {
  const member = {
    id: readNodeId(reader),
    publicKey: readPublicKey(reader),
    address: reader.text(),
  };
  return { member, mask: reader.u8() };
}

export function readConfiguration(reader: Reader, ctx: WireContext): Configuration {
  const epoch = readEpoch(reader);
  const count = reader.u8();
  const range = { min: 1, max: SIGNERS_MAX, what: 'members' };
  const listed = readList(reader, range, readMember);
  const configuration: Configuration = {
    epoch,
    sets: readSets(count, listed),
    members: listed.map(({ member }) => member),
    clients: readList(reader, { min: 0, max: limits.clientsMax, what: 'clients' }, (each) =>
      readClient(each, ctx),
    ),
    parameters: readParameters(reader),
  };
  const reason = checkConfiguration(configuration);
  if (reason !== null) throw new DecodeError(reason);
  return configuration;
}

function readSets(
  count: number,
  listed: readonly { readonly member: Member; readonly mask: number }[],
): VoterSets {
  if (count !== 1 && count !== 2) throw new DecodeError(`${count} voter sets`);
  const all = count === 1 ? 1 : 3;
  if (listed.some(({ mask }) => mask === 0 || (mask & ~all) !== 0))
    throw new DecodeError('a member of no voter set');
  const set = (bit: number): readonly NodeId[] =>
    listed.filter(({ mask }) => (mask & bit) !== 0).map(({ member }) => member.id);
  return count === 1 ? [set(1)] : [set(1), set(2)];
}

function readClient(reader: Reader, ctx: WireContext): ClientRecord {
  const name = reader.text();
  const publicKey = readPublicKey(reader);
  const role = readName(reader, CLIENT_ROLES, 'role of a client');
  const listed = readEpoch(reader);
  return { id: deriveClientId(publicKey, listed, ctx.digest), name, publicKey, role, listed };
}

function writeParameters(writer: Writer, parameters: Parameters): Writer {
  return writer
    .u53(parameters.heartbeatIntervalMs)
    .u53(parameters.electionTimeoutMs)
    .u53(parameters.requestTimeoutMs)
    .u53(parameters.clockDriftMs)
    .u53(parameters.capacityBytes);
}

function readParameters(reader: Reader): Parameters {
  return {
    heartbeatIntervalMs: reader.u53(),
    electionTimeoutMs: reader.u53(),
    requestTimeoutMs: reader.u53(),
    clockDriftMs: reader.u53(),
    capacityBytes: reader.u53(),
  };
}
