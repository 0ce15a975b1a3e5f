/** What travels or lies inside: bodies, payloads, requests, records of the log, values of the machine. */
import type { Arbitrary } from 'fast-check';
import type { Decoded } from '../../../src/base/binary.ts';
import { concatBytes, fromHex } from '../../../src/base/bytes.ts';
import { Writer } from '../../../src/base/binary.ts';
import { decodeCommand, encodeCommand } from '../../../src/machine/command.ts';
import { DamagedState } from '../../../src/machine/database.ts';
import {
  decodeApplied,
  decodeItem,
  decodeSessionHead,
  decodeSlot,
  encodeApplied,
  encodeItem,
  encodeSessionHead,
  encodeSlot,
} from '../../../src/machine/layout.ts';
import {
  decodeQuery,
  decodeQueryResult,
  encodeQuery,
  encodeQueryResult,
} from '../../../src/machine/query.ts';
import { decodeResult, encodeResult } from '../../../src/machine/result.ts';
import { nativeDigest } from '../../../src/node/native-crypto.ts';
import {
  decodeHalt,
  decodeMeta,
  decodeWrites,
  encodeMeta,
  encodeWrites,
} from '../../../src/node/log-records.ts';
import { anyKeys, commands, results, values } from '../../machine/arbitraries.ts';
import { codecs } from '../../wire/codecs.ts';
import { groundOf, samples } from '../ground.ts';
import { resealing, resealRequest } from '../reseal.ts';
import type { Mutation, Target } from '../target.ts';
import { codecsTarget, tagged } from './codec.ts';
import type { Decoder } from './codec.ts';

/** The checksum at the end of a record is that of what is before it: 8 bytes of the digest, or all 32. */
const resealRecord: Mutation = (input, random) => {
  const length = random.pick([8, 8, 32]);
  if (input.length < length) return null;
  const body = input.subarray(0, input.length - length);
  const check = fromHex(nativeDigest(body));
  return check === null ? null : concatBytes(body, check.subarray(0, length));
};

/** Every encoder and decoder of `wire/`, each by itself: a sender may sign for whatever bytes he likes. */
function layouts(): Target {
  const { keys } = groundOf('tangaroa');
  const decoders = codecs.map(({ name, decode: read }): Decoder<unknown> => ({
    decode: read,
    encode: (value) => (value as { readonly bytes: Uint8Array }).bytes,
    describe: () => name,
  }));
  return codecsTarget(
    {
      name: 'layouts',
      takes: 'each layout of `wire/` by itself: bodies, payloads, requests, handshakes, records',
      seeds: () =>
        codecs.flatMap(({ sample }, tag) =>
          samples(sample, 4).map(({ bytes }) => tagged(tag, bytes)),
        ),
      mutations: [resealRecord, resealing((bytes) => resealRequest(bytes, keys))],
    },
    decoders,
  );
}

function coder<T>(
  name: string,
  read: (bytes: Uint8Array) => Decoded<T>,
  write: (value: T) => Uint8Array | null,
): Decoder<unknown> {
  return {
    decode: read,
    encode: (value) => write(value as T),
    describe: (value) => {
      const type = (value as { readonly type?: string }).type;
      return `${name} ${type ?? ''}`;
    },
  };
}

/** What throws `DamagedState` for what is no record, as everything that reads the state does. */
function damagedOr<T>(read: (bytes: Uint8Array) => T): (bytes: Uint8Array) => Decoded<T> {
  return (bytes) => {
    try {
      return { ok: true, value: read(bytes) };
    } catch (error) {
      if (error instanceof DamagedState) return { ok: false, reason: error.message };
      throw error;
    }
  };
}

const KEY = Uint8Array.of(2, 1);

const MACHINE: readonly (readonly [Decoder<unknown>, readonly Uint8Array[]])[] = [
  [
    coder('command', decodeCommand, encodeCommand),
    encoded(commands(anyKeys, values), encodeCommand),
  ],
  [coder('result', decodeResult, encodeResult), encoded(results, encodeResult)],
  [
    coder('query', decodeQuery, encodeQuery),
    [encodeQuery({ type: 'session' }), encodeQuery({ type: 'state' }), Uint8Array.of(0xff)],
  ],
  [
    coder('answer', decodeQueryResult, encodeQueryResult),
    [
      encodeQueryResult({ type: 'session', acknowledged: 7n, executed: 9n }),
      encodeQueryResult({
        type: 'state',
        index: 9,
        hash: 'ab'.repeat(32),
        digest: 'cd'.repeat(32),
      }),
    ],
  ],
  [
    coder(
      'item',
      damagedOr((bytes) => decodeItem(KEY, bytes)),
      ({ value, revision }) => encodeItem(new Writer(), value, revision),
    ),
    encoded(values, (value) => encodeItem(new Writer(), value, { index: 7, order: 1 })),
  ],
  [
    coder('applied', damagedOr(decodeApplied), encodeApplied),
    [encodeApplied({ index: 9, hash: 'ab'.repeat(32), digest: 'cd'.repeat(32) })],
  ],
  [
    coder(
      'session',
      damagedOr((bytes) => decodeSessionHead(KEY, bytes)),
      (head) => encodeSessionHead(new Writer(), head),
    ),
    [encodeSessionHead(new Writer(), { floor: 3n, highest: 9n })],
  ],
  [
    coder(
      'slot',
      damagedOr((bytes) => decodeSlot(KEY, bytes)),
      ({ request, results: kept }) => encodeSlot(new Writer(), request, kept),
    ),
    [
      encodeSlot(new Writer(), { first: 1n, last: 2n, digest: 'ab'.repeat(32), index: 7 }, [
        Uint8Array.of(1),
        new Uint8Array(40),
      ]),
    ],
  ],
  [
    coder(
      'meta',
      (bytes) => decodeMeta(bytes, nativeDigest),
      (meta) => encodeMeta(meta, nativeDigest),
    ),
    [
      encodeMeta(
        {
          clusterId: 'ab'.repeat(32) as Parameters<typeof encodeMeta>[0]['clusterId'],
          owner: { id: 'n1' as never, publicKey: new Uint8Array(32) },
        },
        nativeDigest,
      ),
    ],
  ],
  [
    coder(
      'writes',
      (bytes) => decodeWrites(bytes, nativeDigest),
      (count) => encodeWrites(count, nativeDigest),
    ),
    [encodeWrites(12, nativeDigest)],
  ],
  // Its encoder takes messages, not the bytes of them.
  [
    coder(
      'halt',
      (bytes) => decodeHalt(bytes, nativeDigest),
      () => null,
    ),
    [haltRecord()],
  ],
];

function haltRecord(): Uint8Array {
  const body = new Writer()
    .text('forked')
    .bytes(Uint8Array.of(0x61))
    .u32(1)
    .bytes(new Uint8Array(3));
  const bytes = body.finish();
  return concatBytes(bytes, fromHex(nativeDigest(bytes)) ?? new Uint8Array(0));
}

function encoded<T>(
  values_: Arbitrary<T>,
  encode: (value: T) => Uint8Array,
): readonly Uint8Array[] {
  return samples(values_, 24).map(encode);
}

function machineValues(): Target {
  return codecsTarget(
    {
      name: 'machine-values',
      takes: 'commands, results, queries, answers; records of the state and the store’s own',
      seeds: () => MACHINE.flatMap(([, seeds], tag) => seeds.map((seed) => tagged(tag, seed))),
      mutations: [resealRecord],
    },
    MACHINE.map(([decoder]) => decoder),
  );
}

export const INSIDE_TARGETS: readonly (() => Target)[] = [layouts, machineValues];
