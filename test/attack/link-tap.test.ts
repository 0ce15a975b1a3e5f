/** Somebody on the path between a raw link and one real node: what passes, is changed, and is kept. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { STATEMENT_CODE } from '../../src/consensus/model/statement.ts';
import { holdPlace } from '../../scripts/attack/rogue/link-place.ts';
import { introduce, isHandshake, penOf } from '../../scripts/attack/rogue/link-proof.ts';
import { Tap } from '../../scripts/attack/rogue/link-tap.ts';
import type { TapDeps } from '../../scripts/attack/rogue/link-tap.ts';
import { Tape } from '../../scripts/attack/rogue/link-tape.ts';
import { RawLink } from '../../scripts/attack/rogue/link.ts';
import { OneNode } from './one-node.ts';

const WAIT_MS = 10_000;
const ALPHA = 'alpha' as NodeId;
const DELTA = 'delta' as NodeId;

let node: OneNode;
beforeEach(async () => {
  node = await OneNode.start();
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
});

/** What comes of a handshake through a tap, which stands where `alpha` would. */
async function through(pass: TapDeps['pass'], name: string): Promise<unknown> {
  const address = node.addressOf('alpha');
  await using _ = await Tap.open(address, { node: () => node.address, pass });
  const link = await RawLink.dial(address);
  if (link === null) throw new Error('not let in');
  const outcome = await introduce(link, node.claim(name));
  await link.close();
  return outcome;
}

describe('a tap', () => {
  it('passes everything on, and knows members from clients', async () => {
    const passed: [NodeId | null, string][] = [];
    const pass: TapDeps['pass'] = ({ peer }, direction, frame) => {
      if (isHandshake(frame)) passed.push([peer, direction]);
      return [frame];
    };
    expect(await through(pass, 'alpha')).toEqual({ type: 'welcomed' });
    const four = ['to', 'back', 'to', 'back'];
    expect(passed).toEqual(four.map((direction) => [ALPHA, direction]));
    expect(await through(pass, 'client')).toEqual({ type: 'welcomed' });
    expect(passed.slice(4)).toEqual(four.map((direction) => [null, direction]));
  });

  it('changes what passes: an answer with a bit flipped proves nothing', async () => {
    let count = 0;
    const pass: TapDeps['pass'] = (_, direction, frame) => {
      if (direction === 'back' || ++count < 2) return [frame];
      const last = frame.length - 1;
      return [frame.with(last, (frame[last] as number) ^ 1)];
    };
    expect(await through(pass, 'alpha')).toMatchObject({ type: 'rejected', code: 'signature' });
  });
});

describe('a place that is held with a stolen key', () => {
  it('is dialed by honest nodes, and what they say is on the tape', async () => {
    const tape = new Tape();
    const over = new AbortController();
    const addresses = new Map([[DELTA, node.addressOf('delta')]]);
    const pen = penOf(node.keys.get('delta') as Uint8Array);
    const peers: NodeId[] = [];
    await holdPlace({ addresses, stop: over.signal }, { id: DELTA, pen }, async (held) => {
      const frame = await held.link.next(WAIT_MS);
      if (frame !== null) tape.record(held.peer, frame);
      peers.push(held.peer);
      over.abort();
    });
    expect(peers).toEqual(['beta']);
    expect(tape.draw(new Random(1))?.from).toBe('beta');
    expect(await RawLink.dial(node.addressOf('delta'))).toBeNull();
  });
});

describe('a tape', () => {
  const frame = (kind: number, number: number): Uint8Array => new Uint8Array([1, kind, number]);

  it('keeps of each kind the first and the newest, and no large ones', () => {
    const tape = new Tape();
    expect(tape.draw(new Random(1))).toBeNull();
    for (let number = 0; number < 200; number++) tape.record(ALPHA, frame(7, number));
    tape.record(ALPHA, new Uint8Array(1_000_000).fill(8));
    const kept = tape.newest(7).map((taped) => taped.frame[2]);
    expect(kept.slice(0, 3)).toEqual([199, 198, 197]);
    expect(kept.at(-1)).toBe(0);
    expect(kept).toHaveLength(32);
    expect(tape.newest(8)).toEqual([]);
  });

  it('draws every kind alike, however often it came', () => {
    const tape = new Tape();
    for (let number = 0; number < 200; number++)
      tape.record(ALPHA, frame(STATEMENT_CODE['append-entries'], number));
    tape.record(DELTA, frame(STATEMENT_CODE.suspect, 0));
    const random = new Random(7);
    const drawn = Array.from({ length: 100 }, () => tape.draw(random)?.from);
    expect(drawn.filter((from) => from === DELTA).length).toBeGreaterThan(20);
  });
});
