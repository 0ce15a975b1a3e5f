/** A machine over memory, entries for it, and a plain model of what it should do. */
import { createHash } from 'node:crypto';
import { MemoryLevel } from 'memory-level';
import { utf8 } from '../../src/base/bytes.ts';
import { encodeCommand, type Command } from '../../src/machine/command.ts';
import type { MachineDatabase } from '../../src/machine/database.ts';
import { openMachine } from '../../src/machine/key-value.ts';
import type { Machine, MachineEntry, MachineRequest, Outcome } from '../../src/machine/machine.ts';
import { decodeResult, type Result } from '../../src/machine/result.ts';

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export type Memory = MemoryLevel<Uint8Array, Uint8Array>;

export function memory(): Memory {
  return new MemoryLevel({ storeEncoding: 'view', keyEncoding: 'view', valueEncoding: 'view' });
}

export function open(database: MachineDatabase): Promise<Machine> {
  return openMachine({ database, digest: sha256 });
}

/** As after a crash: a new machine on what the old one's database holds. */
export function reopen(database: Memory): Promise<Machine> {
  return open(database);
}

export const key = utf8;
export const ALICE = sha256(utf8('alice'));
export const BOB = sha256(utf8('bob'));

export function put(name: string, value: string | bigint): Command {
  return { type: 'put', key: utf8(name), value: typeof value === 'string' ? utf8(value) : value };
}

export function get(name: string): Command {
  return { type: 'get', key: utf8(name) };
}

export interface RequestParts {
  readonly first: bigint;
  readonly commands?: readonly Command[];
  readonly raw?: readonly Uint8Array[];
  readonly acknowledged?: bigint;
  readonly client?: string;
  readonly role?: string;
}

/** A request whose digest covers what a real one's covers. */
export function request(parts: RequestParts): MachineRequest {
  const { first, acknowledged = 0n, client = ALICE, role = 'writer' } = parts;
  const commands = parts.raw ?? (parts.commands ?? [put('k', 'v')]).map(encodeCommand);
  const statement = `${client} ${first} ${acknowledged} ${commands.map(sha256).join(' ')}`;
  return { client, role, first, acknowledged, digest: sha256(utf8(statement)), commands };
}

export function entryAt(index: number, requests: readonly MachineRequest[]): MachineEntry {
  return { index, hash: sha256(utf8(`entry ${index}`)), timestamp: 1_000 + index, requests };
}

export function applyNext(
  machine: Machine,
  ...requests: readonly MachineRequest[]
): Promise<readonly Outcome[]> {
  return machine.apply(entryAt(machine.applied.index + 1, requests));
}

/** What an equal repeat gets: the same, and nothing is run for it. */
export function repeated(outcome: Outcome): Outcome {
  return { ...outcome, work: 0 };
}

export function resultsOf(outcome: Outcome | undefined): readonly Result[] {
  return (outcome?.results ?? []).map((bytes) => {
    const decoded = decodeResult(bytes);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded.value;
  });
}

let numbers = 0n;

/** Runs commands in an entry of their own, each client number used once. */
export async function run(machine: Machine, ...commands: Command[]): Promise<readonly Result[]> {
  numbers += 300n;
  const acknowledged = numbers - 1n;
  const [outcome] = await applyNext(machine, request({ first: numbers, acknowledged, commands }));
  return resultsOf(outcome);
}

/** The code of an error, or the type of any other result. */
export function verdict(result: Result | undefined): string {
  return result === undefined ? 'none' : result.type === 'error' ? result.code : result.type;
}
