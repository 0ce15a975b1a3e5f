import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PARAMETERS } from '../../src/consensus/model/configuration.ts';
import { ZERO_HASH } from '../../src/consensus/model/ids.ts';
import type { ClusterId, LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import { hashHeader } from '../../src/consensus/model/entry.ts';
import { termName } from '../../src/consensus/raft/naming.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { deriveClientId } from '../../src/wire/configuration.ts';
import { checkGenesis, formatGenesis, makeGenesis, parseGenesis } from '../../src/wire/genesis.ts';
import type { Genesis, GenesisDocument } from '../../src/wire/genesis.ts';
import { decodeContent, encodeContent } from '../../src/wire/payload.ts';
import { PROTOCOL_NAMES, namingOf } from '../../src/wire/protocol.ts';
import type { WireContext } from '../../src/wire/context.ts';
import { decodeEntryRecord, encodeEntryRecord } from '../../src/wire/record.ts';
import { epoch } from './build.ts';
import { document, key } from './genesis-document.ts';

const genesis = makeGenesis(document, portableDigest);

function contextOf({ clusterId, document: { protocol } }: Genesis): WireContext {
  return { clusterId, digest: portableDigest, naming: namingOf(protocol, portableDigest) };
}

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

  test.each(PROTOCOL_NAMES)(
    'its entry comes back from its record, under its cluster only: %s',
    (protocol) => {
      const made = makeGenesis({ ...document, protocol }, portableDigest);
      const ctx = contextOf(made);
      expect(decodeEntryRecord(encodeEntryRecord(made.entry), ctx)).toEqual({
        ok: true,
        value: made.entry,
      });
      const other = { ...ctx, clusterId: key(0xcd) as ClusterId };
      expect(decodeContent('configuration', made.entry.payload, other)).toEqual({
        kind: 'malformed',
        reason: 'configuration: the genesis of another cluster',
      });
    },
  );

  test('of a protocol that nobody knows is malformed', () => {
    const payload = genesis.entry.payload.slice();
    const at = Buffer.from(payload).indexOf('tangaroa');
    expect(at).toBeGreaterThan(0);
    payload.set(Buffer.from('tangaro4'), at);
    const ctx = {
      ...contextOf(genesis),
      clusterId: portableDigest(payload) as string as ClusterId,
    };
    expect(decodeContent('configuration', payload, ctx)).toEqual({
      kind: 'malformed',
      reason: 'configuration: the genesis of another protocol',
    });
  });

  test("a Raft cluster's is named by index and term, and the cluster by the payload as ever", () => {
    const raft = makeGenesis({ ...document, protocol: 'raft' }, portableDigest);
    expect(raft.clusterId).toBe(portableDigest(raft.entry.payload));
    expect(raft.clusterId).toMatchInlineSnapshot(
      `"35b91af77654097b4c0f9a090c848f16ceedc52437f44d00ed8e6889921a6189"`,
    );
    expect(raft.entry.hash).toBe(termName(1 as LogIndex, 0 as Term));
    expect(raft.entry.header.payloadDigest).toBe(ZERO_HASH);
    expect(genesis.entry.hash).toBe(hashHeader(genesis.entry.header, portableDigest));
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
      { protocol: 'raft' },
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
  expect(parseGenesis(formatGenesis(sorted), portableDigest).ok).toBe(true);
});
