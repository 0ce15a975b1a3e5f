import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import { ClientShares } from '../../src/host/client-shares.ts';

const [alice, bob, carol] = ['alice', 'bob', 'carol'] as unknown as [ClientId, ClientId, ClientId];
const FREE = limits.clientWorkFreeUs;
/** Of somebody who is a rival. */
const SOME = 2 * limits.clientsWorkMinUs;

/** Of a node whose turns come late. */
function busy(): ClientShares {
  const shares = new ClientShares();
  for (let turn = 0; turn < 100; turn++) shares.turned(10 * limits.turnLateMs, 1_000_000);
  return shares;
}

describe('L2: what part of its time a node gives to each client', () => {
  test('who is alone is not held back', () => {
    const shares = busy();
    shares.asked(alice, 1_000 * FREE, 0);
    expect(shares.waitMs(alice, 0)).toBe(0);
  });

  test('nor is who took much while others ask, as long as the node has time', () => {
    const shares = new ClientShares();
    shares.asked(bob, SOME, 0);
    shares.asked(alice, 1_000 * FREE, 0);
    for (let turn = 0; turn < 100; turn++) shares.turned(limits.turnLateMs, 0);
    expect(shares.waitMs(alice, 0)).toBe(0);
    shares.turned(100 * limits.turnLateMs, 0);
    expect(shares.waitMs(alice, 0)).toBeGreaterThan(0);
  });

  test('nor is who is beside others that want next to nothing', () => {
    const shares = busy();
    shares.asked(bob, limits.clientsWorkMinUs - 1, 0);
    shares.asked(alice, 1_000 * FREE, 0);
    expect(shares.waitMs(alice, 0)).toBe(0);
    shares.asked(carol, 1, 0);
    expect(shares.waitMs(alice, 0)).toBeGreaterThan(0);
  });

  test('a late turn is forgotten, but not for the next one that is not', () => {
    const shares = new ClientShares();
    shares.turned(100 * limits.turnLateMs, 0);
    for (let turn = 0; turn < 100; turn++) shares.turned(0, 1);
    for (const nowMs of [1, 5_000]) {
      shares.asked(bob, SOME, nowMs);
      shares.asked(alice, 1_000 * FREE, nowMs);
      expect(shares.waitMs(alice, nowMs) > 0).toBe(nowMs === 1);
    }
  });

  test('who took more than others waits until that is paid, and they do not', () => {
    const shares = busy();
    shares.asked(bob, SOME, 0);
    shares.asked(alice, FREE + 1, 0);
    expect(shares.waitMs(alice, 0)).toBeGreaterThan(0);
    expect(shares.waitMs(bob, 0)).toBe(0);
    expect(shares.waitMs(carol, 0)).toBe(0);
    expect(shares.mayServe(alice, 5)).toBe(true);
  });

  test('what is done later for a request counts like what it began with', () => {
    const shares = busy();
    shares.asked(bob, SOME, 0);
    shares.asked(alice, 1, 0);
    shares.spent(alice, FREE / 2, 1);
    expect(shares.mayServe(alice, 1)).toBe(true);
    shares.spent(alice, FREE, 2);
    expect(shares.mayServe(alice, 2)).toBe(false);
  });

  test('where others take much each may take more than what is free', () => {
    const shares = busy();
    shares.asked(bob, 4 * FREE, 0);
    shares.asked(carol, 4 * FREE, 0);
    shares.asked(alice, 4 * (limits.clientWorkPercent / 100) * FREE, 0);
    expect(shares.mayServe(alice, 0)).toBe(true);
    shares.asked(alice, 1, 0);
    expect(shares.mayServe(alice, 0)).toBe(false);
    expect(shares.mayServe(bob, 0)).toBe(true);
  });

  test('who has not asked for a while is nobody’s rival any more', () => {
    const shares = busy();
    shares.asked(bob, FREE, 0);
    shares.asked(alice, 1, 0);
    shares.asked(alice, 1_000 * FREE, limits.clientAloneMs - 1);
    expect(shares.mayServe(alice, limits.clientAloneMs - 1)).toBe(false);
    shares.asked(alice, 1, limits.clientAloneMs);
    expect(shares.mayServe(alice, limits.clientAloneMs)).toBe(true);
  });

  test('nobody waits for ever, and somebody is always served', () => {
    const step = fc.record({
      client: fc.integer({ min: 0, max: 5 }),
      us: fc.integer({ min: 0, max: 10 * FREE }),
      passesMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const shares = busy();
        const clients = Array.from({ length: 6 }, (_, at) => `client${at}` as unknown as ClientId);
        let nowMs = 0;
        for (const { client, us, passesMs } of steps) {
          nowMs += passesMs;
          shares.asked(clients[client]!, us, nowMs);
          expect(clients.some((each) => shares.mayServe(each, nowMs))).toBe(true);
        }
        expect(clients.every((each) => shares.mayServe(each, nowMs + 30_000))).toBe(true);
      }),
    );
  });
});
