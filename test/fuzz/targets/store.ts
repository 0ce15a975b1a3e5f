/** What a node and the command line find on disk: the log's records, the mark beside it, the lock of a key. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, fromHex } from '../../../src/base/bytes.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { lockKey } from '../../../src/cli/cluster/key-lock.ts';
import { DamagedState } from '../../../src/machine/database.ts';
import { openMachine } from '../../../src/machine/key-value.ts';
import { openLevelLog } from '../../../src/node/level-log.ts';
import {
  DamageError,
  GenesisMismatchError,
  HaltedError,
  OwnerMismatchError,
} from '../../../src/node/log-errors.ts';
import { FileMark } from '../../../src/node/log-mark.ts';
import { nativeDigest as digest } from '../../../src/node/native-crypto.ts';
import type { ProtocolName } from '../../../src/wire/protocol.ts';
import { groundOf } from '../ground.ts';
import { LazyDirectory } from '../lazy-directory.ts';
import { LoneHost, memory, SELF } from '../lone-host.ts';
import type { Database } from '../lone-host.ts';
import { decodeSteps, encodeSteps } from '../steps.ts';
import type { Step } from '../steps.ts';
import { Broken, classOf, nothingToClose } from '../target.ts';
import type { Mutation, Target, Verdict } from '../target.ts';
import { pairsOf, trafficOf } from '../traffic.ts';
import type { Pair } from '../traffic.ts';
import { heardBy, play } from './host.ts';

/** A record as a step: `who` is how long its key is. */
function stepOf([key, value]: Pair): Step {
  return { kind: 0, who: key.length, bytes: concatBytes(key, value) };
}

function pairOf({ who, bytes }: Step): Pair {
  return [bytes.slice(0, who), bytes.slice(who)];
}

async function fill(steps: readonly Step[]): Promise<Database> {
  const database = memory();
  await database.open();
  const batch = database.batch();
  for (const step of steps) {
    const [key, value] = pairOf(step);
    // The empty key is none that a database takes.
    if (key.length > 0) batch.put(key, value);
  }
  await batch.write();
  return database;
}

/** What a node wrote that followed the recorded traffic for a while. */
async function written(protocol: ProtocolName, heard: number): Promise<readonly Step[]> {
  const lone = new LoneHost(protocol);
  await lone.open();
  await play(lone, heardBy(SELF, await trafficOf(protocol)).slice(0, heard));
  const pairs = await pairsOf(lone.log);
  await lone.end();
  return pairs.map(stepOf);
}

/** Under its true checksum again: 8 or 32 bytes of the digest of what is before it. */
const resealValue: Mutation = (input, random) => {
  const steps = [...decodeSteps(input)];
  const at = random.below(steps.length);
  const step = steps[at];
  if (step === undefined) return null;
  const [key, value] = pairOf(step);
  const length = random.pick([8, 32]);
  if (value.length < length) return null;
  const body = value.subarray(0, value.length - length);
  const check = fromHex(digest(body)) ?? new Uint8Array(0);
  return encodeSteps(
    steps.with(at, { ...step, bytes: concatBytes(key, body, check.subarray(0, length)) }),
  );
};

const REFUSALS = [DamageError, GenesisMismatchError, OwnerMismatchError, HaltedError];

async function openLog(protocol: ProtocolName, input: Uint8Array): Promise<Verdict> {
  const { genesis, context } = groundOf(protocol);
  const publicKey = genesis.configuration.members.find(({ id }) => id === SELF)?.publicKey;
  if (publicKey === undefined) throw new Error('one of the members');
  const database = await fill(decodeSteps(input));
  try {
    const { recovered, store } = await openLevelLog(database, {
      genesis: genesis.entry,
      applied: { index: 0, hash: '0'.repeat(64) },
      context,
      owner: { id: SELF, publicKey },
      mark: { writes: 0, advance: () => undefined },
    });
    const { committed, tail, vote, term } = recovered;
    // What was opened can be read: it is what peers are served with.
    const read = await store.readCommitted(genesis.entry.header.index, committed, 1_000, 1e9);
    if (read.length !== committed.index) throw new Broken('opens with entries missing');
    return `opens ${committed.index > 1} ${tail.length > 0} ${vote === null} ${term === null}`;
  } catch (error) {
    if (!REFUSALS.some((refusal) => error instanceof refusal)) throw error;
    return classOf((error as Error).message);
  } finally {
    await database.close();
  }
}

function logRecords(protocol: ProtocolName): Target {
  return {
    name: `log-${protocol}`,
    takes: `the records of a log of ${protocol}: \`openLevelLog\`, then all of its entries`,
    holds:
      'the record is named and the node stays stopped, or the log opens and every committed entry is there',
    shape: 'steps',
    seeds: async () =>
      (await Promise.all([30, 200].map((heard) => written(protocol, heard)))).map(encodeSteps),
    mutations: [resealValue],
    run: (input) => openLog(protocol, input),
    keeps: null,
    allocates: null,
    testCases: 120,
    close: nothingToClose,
  };
}

/** The steps are records of the state; then a client asks, and an entry is applied. */
async function useState(input: Uint8Array): Promise<Verdict> {
  const database = await fill(decodeSteps(input));
  const client = 'ab'.repeat(32);
  try {
    const machine = await openMachine({ database, digest });
    const asked = { client, first: 1n, count: 2, digest: 'cd'.repeat(32) };
    const known = await machine.lookup(asked);
    if (known.type === 'known') known.results();
    const verdicts = [known.type];
    for (const query of [[16], [17], [2, 0, 1, 97], [5, 0, 0, 0, 0, 0, 0, 9]])
      verdicts.push(
        `${(await machine.query(Uint8Array.from(query), { id: client, role: 'admin' })).result[0]}` as 'new',
      );
    const index = machine.applied.index + 1;
    const commands = [
      Uint8Array.from([2, 0, 1, 97]),
      Uint8Array.from([4, 0, 1, 97, 0, 0, 0, 0, 0, 0, 0, 1]),
    ];
    const request = { ...asked, role: 'writer', acknowledged: 0n, commands };
    if (Number.isSafeInteger(index))
      await machine.apply({ index, hash: 'ee'.repeat(32), timestamp: 1, requests: [request] });
    await machine.close();
    return verdicts.join(' ');
  } catch (error) {
    if (error instanceof DamagedState) return classOf(error.message);
    throw error;
  }
}

function stateRecords(): Target {
  return {
    name: 'state-records',
    takes: 'the records of the machine’s state: opened, asked, and an entry applied',
    holds: 'DamagedState naming the record, or answers',
    shape: 'steps',
    seeds: async () => {
      const database = memory();
      const machine = await openMachine({ database, digest });
      const put = Uint8Array.from([1, 0, 1, 97, 0, 0, 0, 0, 1, 120]);
      const add = Uint8Array.from([4, 0, 1, 98, 0, 0, 0, 0, 0, 0, 0, 1]);
      for (let index = 1; index < 5; index++) {
        const first = BigInt(2 * index - 1);
        const request = { client: 'ab'.repeat(32), role: 'writer', first, acknowledged: 0n };
        const requests = [{ ...request, digest: 'cd'.repeat(32), commands: [put, add] }];
        await machine.apply({ index, hash: 'ee'.repeat(32), timestamp: 1, requests });
      }
      const pairs = await pairsOf(database);
      return [encodeSteps(pairs.map(stepOf))];
    },
    mutations: [],
    run: useState,
    keeps: null,
    allocates: null,
    testCases: 300,
    close: nothingToClose,
  };
}

/** A file that is there already when the program looks. */
function fileTarget(
  options: Pick<Target, 'name' | 'takes' | 'holds' | 'seeds'> & { readonly file: string },
  run: (file: string) => Verdict | Promise<Verdict>,
): Target {
  const directory = new LazyDirectory('file');
  const { file, ...rest } = options;
  return {
    ...rest,
    shape: 'text',
    mutations: [],
    run: (input) => {
      const path = join(directory.path, file);
      writeFileSync(path, input);
      return run(path);
    },
    keeps: null,
    allocates: null,
    testCases: 150,
    close: () => directory.remove(),
  };
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** What a node leaves that wrote so often. */
function markOf(writes: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'tangaroa-fuzz-mark-'));
  const mark = FileMark.open(join(directory, 'mark'));
  mark.advance(writes);
  mark.close();
  const text = readFileSync(join(directory, 'mark'), 'latin1');
  rmSync(directory, { recursive: true, force: true });
  return text;
}

function logMark(): Target {
  return fileTarget(
    {
      name: 'log-mark',
      file: 'mark',
      takes: 'the mark beside the log: `FileMark`',
      holds:
        'a number of writes that was written under its checksum, or 0; it can be written again',
      seeds: () =>
        [
          markOf(7),
          markOf(2 ** 53 - 2),
          '',
          '0000000000000007 00000000\n',
          `${'9'.repeat(16)} 1b2c3d4e\n`,
          'x'.repeat(100),
        ].map(bytes),
    },
    (file) => {
      const mark = FileMark.open(file);
      const { writes } = mark;
      if (!Number.isSafeInteger(writes) || writes < 0) throw new Broken(`${writes} writes`);
      mark.advance(writes + 1);
      mark.close();
      const again = FileMark.open(file);
      again.close();
      if (again.writes !== writes + 1) throw new Broken('does not read what it wrote');
      return writes === 0 ? 'unknown' : 'known';
    },
  );
}

function keyLock(): Target {
  return fileTarget(
    {
      name: 'key-lock',
      file: 'writer.key.lock',
      takes: 'the lock file of a client key: `lockKey`',
      holds: 'the lock of a live process is respected, any other is taken over and given back',
      seeds: () =>
        [
          '',
          '1 0\n',
          `${process.pid} 1\n`,
          '9999999999 5\n',
          '0 0',
          '-1',
          '4194304 77\n',
          '1e3 1',
          '00001 1',
        ].map(bytes),
    },
    async (file) => {
      const key = file.replace('.lock', '');
      writeFileSync(key, 'a key');
      try {
        const lock = await lockKey(key, { shown: 'writer', waitMs: 0, isStopped: () => false });
        lock.release();
        return 'taken';
      } catch (error) {
        if (error instanceof CliError && error.code === 'key-in-use') return 'in use';
        throw error;
      }
    },
  );
}

export const STORE_TARGETS: readonly (() => Target)[] = [
  () => logRecords('tangaroa'),
  () => logRecords('raft'),
  stateRecords,
  logMark,
  keyLock,
];
