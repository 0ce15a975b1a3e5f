import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { formatGenesis, makeGenesis, parseGenesis } from '../../src/wire/genesis.ts';
import { document, key } from './genesis-document.ts';

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

describe('the document as JSON', () => {
  test('what is printed is read again as the same', () => {
    const text = formatGenesis(genesis.document);
    expect(text.endsWith('}\n')).toBe(true);
    expect(parseGenesis(text, portableDigest)).toEqual({ ok: true, genesis });
  });

  test("a Raft cluster's says so, in its first line", () => {
    const raft = makeGenesis({ ...document, protocol: 'raft' }, portableDigest);
    const text = formatGenesis(raft.document);
    expect(text.split('\n')[1]).toBe('  "protocol": "raft",');
    expect(parseGenesis(text, portableDigest)).toEqual({ ok: true, genesis: raft });
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
      (j) => Object.assign(j, { protocol: 'paxos' }),
      'protocol: "paxos" is not one of tangaroa, raft',
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
