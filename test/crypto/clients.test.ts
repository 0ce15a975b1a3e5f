/** C1, C2, C3, C5: what travels between clients and nodes. Each case changes one thing. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../src/base/bytes.ts';
import type { ClientId, Epoch, Hash, LogIndex, NodeId } from '../../src/consensus/model/ids.ts';
import type { NodeToClientMessage, Read, RefusalBody } from '../../src/consensus/model/message.ts';
import type { ClientRequest, ReplyStatement } from '../../src/consensus/model/request.ts';
import type { ReadReplyStatement, ReadStatement } from '../../src/consensus/model/statement.ts';
import { portableDigest } from '../../src/crypto/digest.ts';
import { makeClientSigner } from '../../src/crypto/sign.ts';
import { encodeResults } from '../../src/wire/client.ts';
import { item, makeTestCluster, requestOf } from '../fixtures-crypto.ts';

const cluster = makeTestCluster(4);
const [alice, bob] = cluster.clients as [(typeof cluster.clients)[0], (typeof cluster.clients)[0]];
const voter = item(cluster.nodes, 2);
const nobody = 'ee'.repeat(32) as ClientId;

describe('C1, C2: a request', () => {
  const reason = (request: ClientRequest): string => {
    const verdict = cluster.makeVerifier().request(request);
    return 'reason' in verdict ? `${verdict.type}: ${verdict.reason}` : verdict.type;
  };
  const good = requestOf(cluster, { first: 5n, acknowledged: 4n }, [utf8('a'), utf8('b')]);

  it('is signed by the client it names', () => {
    expect(reason(good)).toBe('verified');
    expect(reason({ ...good, signature: new Uint8Array(64) })).toMatch(
      /^invalid: bad client-request/u,
    );
    expect(reason(requestOf(cluster, { secretKey: bob.secretKey }))).toMatch(/^invalid: bad/u);
    const statement = { ...good.statement, client: bob.id };
    expect(reason({ ...good, statement })).toMatch(/^invalid: bad/u);
    expect(reason(requestOf(cluster, { client: nobody }))).toMatch(/^unknown: client eeee/u);
  });

  it.each([
    ['first', { first: 6n }],
    ['acknowledged', { acknowledged: 3n }],
    ['commandsDigest', { commandsDigest: 'ab'.repeat(32) as Hash }],
  ] as const)('is signed whole: %s', (_, change) => {
    expect(reason({ ...good, statement: { ...good.statement, ...change } })).toMatch(
      /^invalid: bad/u,
    );
  });

  it('carries as many commands as it says, and some', () => {
    expect(reason({ ...good, commands: good.commands.slice(1) })).toMatch(/2 commands carries 1/u);
    const statement = { ...good.statement, count: 0 };
    expect(reason({ ...good, commands: [], statement })).toMatch(/0 commands/u);
  });

  it('ends within 256 of what it acknowledges', () => {
    const two = [utf8('a'), utf8('b')];
    expect(reason(requestOf(cluster, { first: 255n }, two))).toBe('verified');
    expect(reason(requestOf(cluster, { first: 256n }, two))).toMatch(/beyond the window/u);
    expect(reason(requestOf(cluster, { first: 256n, acknowledged: 1n }, two))).toBe('verified');
  });
});

describe('C5: a read', () => {
  const query = utf8('what');
  const read = (change: Partial<ReadStatement> = {}, self = alice): Read => {
    const statement: ReadStatement = {
      kind: 'read',
      client: self.id,
      nonce: '0'.repeat(32),
      queryDigest: portableDigest(query),
      ...change,
    };
    const options = {
      self: statement.client,
      secretKey: alice.secretKey,
      clusterId: cluster.clusterId,
    };
    const signature = makeClientSigner(options, cluster)(statement);
    return { kind: 'read', statement, signature, query };
  };

  it('is signed by the client it names, with its query', () => {
    const typeOf = (value: Read): string => cluster.makeVerifier().read(value).type;
    expect(typeOf(read())).toBe('verified');
    expect(typeOf({ ...read(), signature: new Uint8Array(64) })).toBe('invalid');
    expect(typeOf({ ...read(), query: utf8('else') })).toBe('invalid');
    expect(typeOf(read({}, bob))).toBe('invalid');
    expect(typeOf(read({ client: nobody }))).toBe('unknown');
    const nonce = '1'.repeat(32);
    expect(typeOf({ ...read(), statement: { ...read().statement, nonce } })).toBe('invalid');
  });
});

describe('C3: what nodes answer', () => {
  const results = [utf8('yes'), utf8('no')];
  const statement: ReplyStatement = {
    kind: 'client-reply',
    epoch: 0 as Epoch,
    client: alice.id,
    first: 1n,
    requestDigest: portableDigest(utf8('request')),
    index: 7 as LogIndex,
    resultsDigest: portableDigest(encodeResults(results)),
  };
  const typeOf = (message: NodeToClientMessage): string =>
    cluster.makeVerifier().reply(message).type;
  const reply = (change: Partial<ReplyStatement> = {}, signer = voter): NodeToClientMessage => ({
    kind: 'client-reply',
    signed: cluster.signer(signer).sign({ ...statement, ...change }),
    results,
  });
  const readReply = (
    change: Partial<ReadReplyStatement> = {},
    signer = voter,
  ): NodeToClientMessage => ({
    kind: 'read-reply',
    signed: cluster.signer(signer).sign({
      kind: 'read-reply',
      epoch: 0 as Epoch,
      nonce: '0'.repeat(32),
      queryDigest: portableDigest(utf8('what')),
      applied: 7 as LogIndex,
      prepared: 8 as LogIndex,
      resultDigest: portableDigest(item(results, 0)),
      ...change,
    }),
    result: item(results, 0),
  });
  const body: RefusalBody = { code: 'overloaded', first: 1n, detail: 'try later' };
  const refusal = (signer = voter): NodeToClientMessage => cluster.signer(signer).signRefusal(body);

  it.each([
    ['client-reply', reply],
    ['read-reply', readReply],
  ] as const)('a %s is a voter`s, of this epoch', (_, make) => {
    expect(typeOf(make())).toBe('verified');
    expect(typeOf(make({}, 'n99' as NodeId))).toBe('unknown');
    expect(typeOf(make({ epoch: 1 as Epoch }))).toBe('other-epoch');
    const message = make();
    const unsigned = { ...message.signed, signature: new Uint8Array(64) };
    expect(typeOf({ ...message, signed: unsigned } as NodeToClientMessage)).toBe('invalid');
    const elsewhere = { ...message.signed, signer: item(cluster.nodes, 1) };
    expect(typeOf({ ...message, signed: elsewhere } as NodeToClientMessage)).toBe('invalid');
  });

  it('is not a learner`s', () => {
    const joint = makeTestCluster(5, {
      sets: [
        [0, 1, 2, 3],
        [0, 1, 2, 3],
      ],
    });
    const by = (i: number): string =>
      joint.verifier.reply({
        kind: 'client-reply',
        signed: joint.signer(item(joint.nodes, i)).sign(statement),
        results,
      }).type;
    expect(by(3)).toBe('verified');
    expect(by(4)).toBe('unknown');
  });

  it('comes with the results that are signed, in their order', () => {
    expect(typeOf({ ...reply(), results: results.toReversed() } as NodeToClientMessage)).toBe(
      'invalid',
    );
    expect(typeOf({ ...reply(), results: [] } as NodeToClientMessage)).toBe('invalid');
    expect(typeOf(reply({ resultsDigest: portableDigest(utf8('')) }))).toBe('invalid');
    expect(typeOf({ ...readReply(), result: item(results, 1) } as NodeToClientMessage)).toBe(
      'invalid',
    );
  });

  it('a refusal is signed whole, under its own kind', () => {
    expect(typeOf(refusal())).toBe('verified');
    expect(typeOf(refusal('n99' as NodeId))).toBe('unknown');
    const message = refusal();
    const other = { ...message, body: { ...body, detail: 'never' } } as NodeToClientMessage;
    expect(typeOf(other)).toBe('invalid');
    const signed = cluster
      .signer(voter)
      .sign({ ...message.signed.statement, kind: 'forward' } as never);
    expect(typeOf({ ...message, signed })).toBe('invalid');
  });
});
