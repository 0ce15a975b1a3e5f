/** The attacker's raw link, against one real node: what it tells of how it was turned away is so. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { ClusterId, Epoch, NodeId } from '../../src/consensus/model/ids.ts';
import { Door, receive } from '../../scripts/attack/rogue/link-door.ts';
import {
  answerOf,
  expectFrame,
  freshKey,
  helloOf,
  introduce,
  isHandshake,
  penOf,
  say,
} from '../../scripts/attack/rogue/link-proof.ts';
import type { Claim } from '../../scripts/attack/rogue/link-proof.ts';
import { RawLink } from '../../scripts/attack/rogue/link.ts';
import { BETA, OneNode } from './one-node.ts';

const WAIT_MS = 10_000;

let node: OneNode;
const links: RawLink[] = [];
beforeEach(async () => {
  node = await OneNode.start();
});
afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()));
  await node[Symbol.asyncDispose]();
});

async function dial(): Promise<RawLink> {
  const link = await RawLink.dial(node.address);
  if (link === null) throw new Error('not let in');
  links.push(link);
  return link;
}

describe('a raw link that dials', () => {
  it.each(['alpha', 'client'])('proves what it can prove: %s under its own key', async (name) => {
    const link = await dial();
    expect(await introduce(link, node.claim(name))).toEqual({ type: 'welcomed' });
    expect(link.ended).toBeNull();
  });

  const stranger = penOf(freshKey().secretKey);
  it.each<[string, string, Partial<Claim>, string, string]>([
    ['a fresh key', 'alpha', { pen: stranger }, 'answer', 'signature'],
    ['a higher name', 'gamma', {}, 'hello', 'direction'],
    ['no name of this cluster', 'alpha', { id: 'nobody' }, 'hello', 'unknown-id'],
    ['another cluster', 'alpha', { clusterId: 'ab'.repeat(32) as ClusterId }, 'hello', 'cluster'],
    ['another epoch', 'alpha', { epoch: 1 as Epoch }, 'hello', 'epoch'],
    ['another version', 'alpha', { version: 99 }, 'hello', 'version'],
  ])(
    'tells at which step, and why, it was rejected: %s',
    async (_, name, differing, after, code) => {
      const link = await dial();
      const outcome = await introduce(link, node.claim(name, differing));
      expect(outcome).toMatchObject({ type: 'rejected', after, code });
      expect(await link.end(WAIT_MS)).toMatchObject({ code: 1008 });
    },
  );

  it('is sent nothing but the handshake before it has proven itself', async () => {
    const link = await dial();
    say(link, helloOf(node.claim('alpha')));
    expect(await expectFrame(link, 'challenge', 'hello')).toMatchObject({ id: BETA });
    link.send(new Uint8Array([1, 8, 0, 0]));
    expect(await expectFrame(link, 'welcome', 'answer')).toMatchObject({ code: 'malformed' });
    expect(await link.end(WAIT_MS)).not.toBeNull();
    expect(link.received).toBe(2);
  });

  it('hears data once it has, the first frame of it too', async () => {
    const link = await dial();
    const hello = helloOf(node.claim('alpha'));
    say(link, hello);
    const challenge = await expectFrame(link, 'challenge', 'hello');
    if ('type' in challenge) throw new Error(challenge.type);
    say(link, answerOf(hello, challenge, node.claim('alpha').pen));
    const frames: Uint8Array[] = [];
    link.listen((frame) => frames.push(frame));
    while (!frames.some((frame) => !isHandshake(frame))) await link.end(20);
    expect(frames.filter(isHandshake)).toHaveLength(1);
  });

  it('is told that nobody listens, and how a broken line ended', async () => {
    expect(await RawLink.dial(node.addressOf('delta'))).toBeNull();
    const link = await dial();
    link.socket.destroy();
    expect(await link.end(WAIT_MS)).toEqual({ code: 1006, reason: '' });
  });

  it('ends a wait when its time is up', async () => {
    const link = await dial();
    expect(await link.next(1)).toBeNull();
    expect(await link.end(1)).toBeNull();
  });

  it('says bytes that are no frame', async () => {
    const link = await dial();
    link.socket.write(new Uint8Array(2 * limits.handshakeBytesMax));
    expect(await link.end(WAIT_MS)).not.toBeNull();
  });
});

describe('a door of the attacker’s', () => {
  const visited = async (pen: Claim['pen']): Promise<string | null> => {
    const arrived: RawLink[] = [];
    await using _ = await Door.open(node.addressOf('delta'), (link) => arrived.push(link));
    while (arrived.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const link = arrived[0] as RawLink;
    const hello = await receive(link, { id: 'delta' as NodeId, pen });
    if (hello === null) return null;
    const first = await link.next(WAIT_MS);
    return first === null ? 'hung up' : `${hello.id} sends data: ${!isHandshake(first)}`;
  };

  it('is trusted in the place of a node whose key the attacker has', async () => {
    const pen = penOf(node.keys.get('delta') as Uint8Array);
    expect(await visited(pen)).toBe('beta sends data: true');
  });

  it('is not without that key', async () => {
    expect(await visited(penOf(freshKey().secretKey))).toBe('hung up');
    expect(node.log.join('\n')).toContain('what answered as delta does not hold its key');
  });
});
