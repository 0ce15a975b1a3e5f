import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type {
  Answer,
  Challenge,
  HandshakeFrame,
  Hello,
  LinkRole,
  Welcome,
} from '../../src/consensus/model/handshake.ts';
import { NONCE_BYTES, REJECT_CODES } from '../../src/consensus/model/handshake.ts';
import type { ClusterId, Epoch, NodeId } from '../../src/consensus/model/ids.ts';
import { Acceptor, Initiator } from '../../src/crypto/handshake.ts';
import type {
  AcceptorOptions,
  HandshakeDeps,
  InitiatorOptions,
} from '../../src/crypto/handshake.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const CLUSTER = sha256('cluster') as ClusterId;
const CLIENT = sha256('client');
const nonce = (seed: string): string => sha256(seed);

/** RFC 8410: an Ed25519 seed in PKCS #8. */
function keyOf(name: string): { publicKey: Uint8Array; sign: (message: Uint8Array) => Uint8Array } {
  const der = Buffer.from(`302e020100300506032b657004220420${sha256(name)}`, 'hex');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

const KEYS: Readonly<Record<LinkRole, Readonly<Record<string, string>>>> = {
  peer: { alpha: 'alpha', beta: 'beta', gamma: 'gamma' },
  client: { [CLIENT]: 'client' },
};

function deps(keyName: string): HandshakeDeps {
  return {
    sign: keyOf(keyName).sign,
    verify: (signature, message, publicKey) => {
      const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
      const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      return verify(null, message, key, signature);
    },
    keyOf: (role, id) => {
      const name = Object.hasOwn(KEYS[role], id) ? KEYS[role][id] : undefined;
      return name === undefined ? null : keyOf(name).publicKey;
    },
  };
}

function initiator(options: Partial<InitiatorOptions> = {}, key: string = 'alpha'): Initiator {
  const defaults: InitiatorOptions = {
    clusterId: CLUSTER,
    role: 'peer',
    id: 'alpha',
    acceptor: 'beta' as NodeId,
    epoch: 0 as Epoch,
    nonce: nonce('initiator'),
  };
  return new Initiator({ ...defaults, ...options }, deps(key));
}

function acceptor(options: Partial<AcceptorOptions> = {}, key: string = 'beta'): Acceptor {
  const defaults: AcceptorOptions = {
    clusterId: CLUSTER,
    self: 'beta' as NodeId,
    epoch: 0 as Epoch,
    nonce: nonce('acceptor'),
  };
  return new Acceptor({ ...defaults, ...options }, deps(key));
}

function challenge(side: Acceptor, hello: Hello): Challenge {
  const step = side.receive(hello);
  if (step.type !== 'challenge') throw new Error(`no challenge but ${JSON.stringify(step)}`);
  return step.frame;
}

function answer(side: Initiator, frame: Challenge): Answer {
  const step = side.receive(frame);
  if (step.type !== 'answer') throw new Error(`no answer but ${JSON.stringify(step)}`);
  return step.frame;
}

function welcome(side: Acceptor, frame: Answer): Welcome {
  const step = side.receive(frame);
  if (step.type !== 'accepted') throw new Error(`no welcome but ${JSON.stringify(step)}`);
  return step.frame;
}

describe('L1: a handshake', () => {
  it('L1: of two voters proves each to the other', () => {
    const [low, high] = [initiator(), acceptor()];
    const proof = answer(low, challenge(high, low.hello));
    const step = high.receive(proof);
    expect(step).toMatchObject({ type: 'accepted', role: 'peer', id: 'alpha' });
    if (step.type === 'accepted') expect(low.receive(step.frame)).toEqual({ type: 'connected' });
  });

  it('L1: of a client proves its key', () => {
    const client = initiator({ role: 'client', id: CLIENT }, 'client');
    const node = acceptor();
    const step = node.receive(answer(client, challenge(node, client.hello)));
    expect(step).toMatchObject({ type: 'accepted', role: 'client', id: CLIENT });
  });

  it.each<[string, Partial<InitiatorOptions>, string, string]>([
    ['another cluster', { clusterId: sha256('other') as ClusterId }, 'cluster', 'does not serve'],
    ['a stranger', { id: 'mallory' }, 'unknown-id', 'no voter of this cluster is "mallory"'],
    ['an unknown client', { role: 'client', id: sha256('?') }, 'unknown-id', 'no client'],
    ['a client in a node’s place', { id: CLIENT }, 'unknown-id', 'no voter'],
    ['a node in a client’s place', { role: 'client' }, 'unknown-id', 'no client'],
    ['a higher id that dials', { id: 'gamma' }, 'direction', 'beta dials gamma'],
    ['itself', { id: 'beta' }, 'direction', 'beta'],
    ['another epoch', { epoch: 3 as Epoch }, 'epoch', 'this node is in epoch 0'],
  ])('L1: turns away %s, says so, and sends no challenge', (_, options, code, words) => {
    const step = acceptor().receive(initiator(options).hello);
    expect(step).toMatchObject({ type: 'rejected', frame: { kind: 'reject', code } });
    expect(step.frame).toMatchObject({ reason: expect.stringContaining(words) as string });
  });

  it('L1: turns away another version', () => {
    const step = acceptor().receive({ ...initiator().hello, version: 2 });
    expect(step).toMatchObject({ type: 'rejected', frame: { code: 'version' } });
  });

  it.each(['client', 'gamma', 'mallory'])('L1: the key of %s does not pass as alpha', (key) => {
    const [liar, node] = [initiator({}, key), acceptor()];
    const step = node.receive(answer(liar, challenge(node, liar.hello)));
    expect(step).toMatchObject({ type: 'rejected', frame: { code: 'signature' } });
  });

  it('L1: an Answer proves nothing on another link', () => {
    const [low, first] = [initiator(), acceptor()];
    const proof = answer(low, challenge(first, low.hello));
    welcome(first, proof);
    const second = acceptor({ nonce: nonce('fresh') });
    challenge(second, low.hello);
    expect(second.receive(proof)).toMatchObject({ frame: { code: 'signature' } });
  });

  it('L1: an Answer to one node proves nothing to another', () => {
    const low = initiator({ acceptor: 'gamma' as NodeId });
    const gamma = acceptor({ self: 'gamma' as NodeId }, 'gamma');
    const proof = answer(low, challenge(gamma, low.hello));
    const node = acceptor();
    challenge(node, low.hello);
    expect(node.receive(proof)).toMatchObject({ frame: { code: 'signature' } });
  });

  it('L1: an Answer as a client proves no peer', () => {
    const asClient = initiator({ role: 'client' });
    const proof = answer(asClient, {
      kind: 'challenge',
      id: 'beta' as NodeId,
      nonce: nonce('acceptor'),
      epoch: 0 as Epoch,
    });
    const node = acceptor();
    challenge(node, initiator().hello);
    expect(node.receive(proof)).toMatchObject({ frame: { code: 'signature' } });
  });

  it('L1: a node’s own signature sent back proves nothing', () => {
    const [low, high] = [initiator(), acceptor()];
    const proof = answer(low, challenge(high, low.hello));
    welcome(high, proof);
    expect(low.receive({ kind: 'welcome', signature: proof.signature })).toMatchObject({
      type: 'failed',
      by: 'initiator',
      code: 'signature',
    });
  });

  it('L1: who was dialed must be who answers, and hold its key', () => {
    const other = acceptor({ self: 'gamma' as NodeId }, 'gamma');
    const low = initiator();
    expect(low.receive(challenge(other, low.hello))).toMatchObject({ code: 'unknown-id' });

    const [dialer, impostor] = [initiator(), acceptor({}, 'mallory')];
    const forged = welcome(impostor, answer(dialer, challenge(impostor, dialer.hello)));
    expect(dialer.receive(forged)).toMatchObject({ by: 'initiator', code: 'signature' });
  });

  it('L1: each frame in its turn', () => {
    const low = initiator();
    const proof = answer(initiator(), challenge(acceptor(), low.hello));
    expect(acceptor().receive(proof)).toMatchObject({ frame: { code: 'malformed' } });
    const twice = acceptor();
    challenge(twice, low.hello);
    expect(twice.receive(low.hello)).toMatchObject({ frame: { code: 'malformed' } });
    const early = initiator().receive({ kind: 'welcome', signature: proof.signature });
    expect(early).toMatchObject({ type: 'failed', code: 'malformed' });
  });

  it('L1: a Reject ends it, and its words cannot write on a terminal', () => {
    const step = initiator().receive({
      kind: 'reject',
      code: 'stopping',
      reason: `\u001b[2J${'x'.repeat(255)}`,
    });
    expect(step).toMatchObject({ type: 'failed', by: 'acceptor', code: 'stopping' });
    if (step.type === 'failed') expect(step.reason).toMatch(/^[ -~]{1,200}$/u);
  });
});

const hex = fc
  .uint8Array({ minLength: NONCE_BYTES, maxLength: NONCE_BYTES })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
const epoch = fc.nat({ max: 2 }).map((value) => value as Epoch);
const id = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', CLIENT, '', '__proto__');
const anyFrame: fc.Arbitrary<HandshakeFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    version: fc.constantFrom(1, 1, 1, 2),
    clusterId: fc.constantFrom(CLUSTER, CLUSTER, sha256('other') as ClusterId),
    role: fc.constantFrom('peer' as const, 'client' as const),
    id,
    nonce: hex,
    epoch,
  }),
  fc.record({
    kind: fc.constant('challenge' as const),
    id: id as fc.Arbitrary<NodeId>,
    nonce: hex,
    epoch,
  }),
  fc.record({ kind: fc.constant('answer' as const), signature }),
  fc.record({ kind: fc.constant('welcome' as const), signature }),
  fc.record({
    kind: fc.constant('reject' as const),
    code: fc.constantFrom(...REJECT_CODES),
    reason: fc.string(),
  }),
);

describe('L1: frames of somebody without a key', () => {
  it('L1: never make an acceptor accept', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), (frames) => {
        const side = acceptor();
        for (const frame of frames) {
          const step = side.receive(frame);
          expect(step.type).not.toBe('accepted');
          if (step.type === 'rejected') return;
        }
      }),
    );
  });

  it('L1: never make an initiator connect', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), (frames) => {
        const side = initiator();
        for (const frame of frames) {
          const step = side.receive(frame);
          expect(step.type).not.toBe('connected');
          if (step.type === 'failed') return;
        }
      }),
    );
  });
});
