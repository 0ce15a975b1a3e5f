import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import type { ClusterId, NodeId } from '../../src/consensus/model/ids.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { deriveClientId } from '../../src/wire/configuration.ts';
import { checkGenesis, formatGenesis, makeGenesis, parseGenesis } from '../../src/wire/genesis.ts';
import type { GenesisDocument } from '../../src/wire/genesis.ts';
import { decodeContent, encodeContent } from '../../src/wire/payload.ts';
import { decodeEntryRecord, encodeEntryRecord } from '../../src/wire/record.ts';
import { epoch } from './build.ts';

const key = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(32);

const document: GenesisDocument = {
  protocol: 'tangaroa',
  name: 'harbour',
  nonce: key(0xab),
  createdMs: 1_700_000_000_000,
  voters: [1, 2, 3, 4].map((i) => ({
    id: `node-${i}` as NodeId,
    publicKey: key(i),
    address: `127.0.0.1:${4700 + i}`,
  })),
  clients: [
    { name: 'admin', publicKey: key(0x11), role: 'admin' },
    { name: 'writer', publicKey: key(0x12), role: 'writer' },
  ],
  parameters: DEFAULT_PARAMETERS,
};

/** The document as somebody edited it. */
function edited(change: (json: Json) => unknown): string {
  const json = JSON.parse(formatGenesis(document)) as Json;
  change(json);
  return JSON.stringify(json);
}

interface Json {
  readonly voters: readonly [object, object, object, object];
  readonly clients: readonly [object, object];
  readonly parameters: object;
}

function reasonOf(text: string): string {
  const result = parseGenesis(text, portableDigest);
  return result.ok ? 'accepted' : result.reason;
}

const genesis = makeGenesis(document, portableDigest);

describe('section 1: the genesis', () => {
  test('its digest is the cluster, and its bytes do not drift', () => {
    expect(genesis.clusterId).toBe(portableDigest(genesis.entry.payload));
    expect(genesis.clusterId).toMatchInlineSnapshot(
      `"e9c66363d216eba404da568f3d68f6d8213bbd91e473e12c45478af15d5ab421"`,
    );
    expect(genesis.entry.hash).toMatchInlineSnapshot(
      `"1d779c05a274e50aa8328036caab6ab2c42fe63375ba51ef9fd12876197278fd"`,
    );
  });

  test('is entry 1 of epoch 0 and term 0, with the time of its making', () => {
    expect(genesis.entry.header).toEqual({
      index: 1,
      epoch: 0,
      term: 0,
      parent: '0'.repeat(64),
      kind: 'configuration',
      timestamp: document.createdMs,
      payloadDigest: genesis.clusterId,
    });
  });

  test('its entry comes back from its record, under its cluster only', () => {
    const record = encodeEntryRecord(genesis.entry);
    const { clusterId } = genesis;
    const own = decodeEntryRecord(record, { clusterId, digest: portableDigest });
    expect(own).toEqual({ ok: true, value: genesis.entry });
    const other = { clusterId: key(0xcd) as ClusterId, digest: portableDigest };
    expect(decodeContent('configuration', genesis.entry.payload, other)).toEqual({
      kind: 'malformed',
      reason: 'configuration: the genesis of another cluster',
    });
  });

  test('C1: a client is named by its key and the epoch in which it was listed', () => {
    const ids = genesis.configuration.clients.map(({ id }) => id);
    const first = new Uint8Array(32).fill(0x11);
    expect(ids[0]).toBe(deriveClientId(first, epoch(0), portableDigest));
    expect(deriveClientId(first, epoch(1), portableDigest)).not.toBe(ids[0]);
  });

  test('is the same cluster whatever the order in which people list it', () => {
    const { voters, clients } = document;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...voters], { minLength: 4 }),
        fc.shuffledSubarray([...clients], { minLength: 2 }),
        (v, c) => {
          const other = makeGenesis({ ...document, voters: v, clients: c }, portableDigest);
          expect(other).toEqual(genesis);
        },
      ),
    );
  });

  test('any field changed is another cluster', () => {
    const changes: readonly Partial<GenesisDocument>[] = [
      { name: 'haven' },
      { nonce: key(0xac) },
      { createdMs: document.createdMs + 1 },
      { voters: document.voters.slice(1) },
      { clients: document.clients.slice(1) },
      { parameters: { ...DEFAULT_PARAMETERS, clockDriftMs: 9_999 } },
    ];
    const ids = changes.map(
      (change) => makeGenesis({ ...document, ...change }, portableDigest).clusterId,
    );
    expect(new Set([...ids, genesis.clusterId]).size).toBe(changes.length + 1);
  });
});

describe('the document as JSON', () => {
  test('what is printed is read again as the same', () => {
    const text = formatGenesis(genesis.document);
    expect(text.endsWith('}\n')).toBe(true);
    expect(parseGenesis(text, portableDigest)).toEqual({ ok: true, genesis });
  });

  const faults: readonly (readonly [string, (json: Json) => unknown, string])[] = [
    [
      'a missing field',
      (j) => Reflect.deleteProperty(j, 'nonce'),
      'the document: field "nonce" is missing',
    ],
    [
      'an unknown field',
      (j) => Object.assign(j, { extra: 1 }),
      'the document: unknown field "extra"',
    ],
    [
      'another protocol',
      (j) => Object.assign(j, { protocol: 'raft' }),
      'protocol: "raft" is not one of tangaroa',
    ],
    ['a name of many words', (j) => Object.assign(j, { name: 'a b' }), 'name: "a b" is not a name'],
    [
      'a nonce in capitals',
      (j) => Object.assign(j, { nonce: key(0xab).toUpperCase() }),
      'nonce: not 32 bytes in lower-case hexadecimal',
    ],
    [
      'a time that is no number',
      (j) => Object.assign(j, { createdMs: '1' }),
      'createdMs: not a number',
    ],
    [
      'a time below zero',
      (j) => Object.assign(j, { createdMs: -1 }),
      'createdMs: -1 is not a time in milliseconds',
    ],
    ['voters that are no list', (j) => Object.assign(j, { voters: {} }), 'voters: not a list'],
    [
      'no voters',
      (j) => Object.assign(j, { voters: [] }),
      'voters: 0 of them, where 1 to 64 are allowed',
    ],
    [
      'a voter that is no object',
      (j) => Object.assign(j, { voters: [1] }),
      'voters[0]: not an object',
    ],
    [
      'a key too short',
      (j) => Object.assign(j.voters[1], { publicKey: 'ab' }),
      'voters[1].publicKey: not 32 bytes in lower-case hexadecimal',
    ],
    [
      'an id in capitals',
      (j) => Object.assign(j.voters[0], { id: 'A' }),
      'voters: "A" is not a node id',
    ],
    [
      'an id twice',
      (j) => Object.assign(j.voters[0], { id: 'node-2' }),
      'voters: not sorted, or one twice',
    ],
    [
      'an address without port',
      (j) => Object.assign(j.voters[0], { address: 'localhost' }),
      'voters: the address of node-1 is not host:port',
    ],
    [
      'a port too high',
      (j) => Object.assign(j.voters[0], { address: 'a:65536' }),
      'voters: the address of node-1 is not host:port',
    ],
    [
      'an address twice',
      (j) => Object.assign(j.voters[0], { address: '127.0.0.1:4702' }),
      'voters: the address 127.0.0.1:4702 stands there twice',
    ],
    [
      'a key twice',
      (j) => Object.assign(j.clients[0], { publicKey: key(1) }),
      `voters, clients: the key ${key(1)} stands there twice`,
    ],
    [
      'a client name twice',
      (j) => Object.assign(j.clients[0], { name: 'writer' }),
      'clients: not sorted by name, or a name twice',
    ],
    [
      'an unknown role',
      (j) => Object.assign(j.clients[0], { role: 'root' }),
      'clients[0].role: "root" is not one of reader, writer, admin',
    ],
    [
      'a heartbeat of zero',
      (j) => Object.assign(j.parameters, { heartbeatIntervalMs: 0 }),
      'parameters.heartbeatIntervalMs: 0 is not a whole number from 1 to 3600000',
    ],
    [
      'a timeout below two heartbeats',
      (j) => Object.assign(j.parameters, { electionTimeoutMs: 199 }),
      'parameters.electionTimeoutMs: 199 is not a whole number from 200 to 3600000',
    ],
    [
      'S4: a share too small for the largest request',
      (j) => Object.assign(j.parameters, { capacityBytes: 4 * limits.requestBytesMax - 1 }),
      'parameters.capacityBytes: 5242879 is not a whole number from 5242880 to 1099511627776',
    ],
    [
      'half a millisecond',
      (j) => Object.assign(j.parameters, { clockDriftMs: 0.5 }),
      'parameters.clockDriftMs: 0.5 is not a whole number from 1 to 86400000',
    ],
  ];

  test.each(faults)('%s is refused by name', (_, change, reason) => {
    expect(reasonOf(edited(change))).toBe(reason);
  });

  test('what is no JSON, or too much of it, is refused', () => {
    expect(reasonOf('{')).toMatch(/^not JSON: /u);
    expect(reasonOf('null')).toBe('the document: not an object');
    expect(reasonOf(' '.repeat(limits.genesisBytesMax + 1))).toBe('longer than 262144 bytes');
  });

  test('whatever JSON it is, there is a verdict', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ field: fc.constantFrom(...Object.keys(document)), value: fc.jsonValue() })
        .map(({ field, value }) => edited((json) => Object.assign(json, { [field]: value }))),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(reasonOf(text)).not.toBe('');
      }),
    );
  });
});

test('G4 is not asked here, but a document of our own making with a fault is our bug', () => {
  const broken = { ...document, voters: [] };
  expect(checkGenesis(broken, portableDigest)).toMatchObject({ ok: false });
  expect(() => makeGenesis(broken, portableDigest)).toThrow('genesis: voters');
});

test('64 voters and 1,024 clients, the largest configuration, fit a payload', () => {
  const many = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const name = (prefix: string, i: number): string => `${prefix}-${String(i).padStart(26, '0')}`;
  const largest: GenesisDocument = {
    ...document,
    voters: many(64).map((i) => ({
      id: name('node', i) as NodeId,
      publicKey: portableDigest(Uint8Array.of(1, i)),
      address: `${'a'.repeat(249)}:${10_000 + i}`,
    })),
    clients: many(1_024).map((i) => ({
      name: name('user', i),
      publicKey: portableDigest(Uint8Array.of(2, i & 255, i >> 8)),
      role: 'writer',
    })),
    parameters: { ...DEFAULT_PARAMETERS, capacityBytes: 2 ** 30 },
  };
  const { configuration, document: sorted } = makeGenesis(largest, portableDigest);
  expect(encodeContent({ kind: 'configuration', configuration }).length).toBeLessThan(262_144);
  expect(reasonOf(formatGenesis(sorted))).toBe('accepted');
});
