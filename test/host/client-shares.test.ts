import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import { ClientShares } from '../../src/host/client-shares.ts';

const [alice, bob, carol] = ['alice', 'bob', 'carol'] as unknown as [ClientId, ClientId, ClientId];
const FREE = limits.clientWorkFreeUs;
const LATE = 10 * limits.turnLateMs;
const LOOKS = 100;
/** When it has been looked at often enough who wants what. */
const NOW = LOOKS * 10;

/** Of a node whose turns come so late, of which `wanting` want something all the time. */
function sharesOf(lateMs: number, ...wanting: readonly ClientId[]): ClientShares {
  const shares = new ClientShares();
  for (const client of wanting) shares.asked(client, 0);
  for (let look = 1; look <= LOOKS; look++) shares.turned(lateMs, look * 10);
  return shares;
}

/** As things are after the next look. */
function waits(shares: ClientShares, client: ClientId, lateMs = LATE): number {
  shares.turned(lateMs, NOW + 10);
  return shares.waitMs(client, NOW + 10);
}

describe('L2: what part of its time a node gives to each client', () => {
  test('who is alone is not held back', () => {
    const shares = sharesOf(LATE, alice);
    shares.spent(alice, 1_000 * FREE, NOW);
    expect(waits(shares, alice)).toBe(0);
  });

  test('nor is who takes much of a node that has time', () => {
    const shares = sharesOf(limits.turnLateMs, alice, bob);
    shares.spent(alice, 1_000 * FREE, NOW);
    expect(waits(shares, alice, limits.turnLateMs)).toBe(0);
    expect(waits(sharesOf(LATE, alice, bob), alice)).toBe(0);
  });

  test('nor is who is beside others that want something now and then', () => {
    const shares = sharesOf(LATE, alice);
    for (let i = 0; i < 10; i++) {
      shares.asked(bob, NOW);
      shares.answered(bob, FREE, NOW);
    }
    shares.spent(alice, 1_000 * FREE, NOW);
    expect(waits(shares, alice)).toBe(0);
  });

  test('who takes more than others that want more all the time waits until it is paid, and they do not', () => {
    const shares = sharesOf(LATE, alice, bob);
    shares.spent(bob, FREE / 2, NOW);
    shares.spent(alice, 2 * FREE, NOW);
    const wait = waits(shares, alice);
    expect(wait).toBeGreaterThan(0);
    expect(waits(shares, bob)).toBe(0);
    expect(waits(shares, carol)).toBe(0);
    expect(shares.mayServe(alice, NOW + 10 + wait - 2)).toBe(false);
    expect(shares.mayServe(alice, NOW + 1_000)).toBe(true);
  });

  test('who waited has a good part of its share at once, not a request at a time', () => {
    const shares = sharesOf(LATE, alice, bob);
    shares.spent(alice, 1.1 * FREE, NOW);
    expect(waits(shares, alice)).toBeGreaterThan(0);
    // It is below its share again, and still waits.
    expect(shares.mayServe(alice, NOW + 200)).toBe(false);
    expect(shares.mayServe(alice, NOW + 450)).toBe(true);
    shares.spent(alice, FREE / 5, NOW + 450);
    expect(shares.mayServe(alice, NOW + 450)).toBe(true);
  });

  test('who gives back what it has forgotten gets nothing else for it', () => {
    const shares = sharesOf(LATE, alice, bob);
    const us = shares.ordered(alice, 10 * FREE, NOW);
    shares.spent(alice, 2 * FREE, NOW + 3_000);
    shares.unordered(alice, { us, atMs: NOW }, NOW + 3_000);
    shares.turned(LATE, NOW + 3_000);
    expect(shares.mayServe(alice, NOW + 3_000)).toBe(false);
  });

  test('the only one who wants more all the time does not wait for itself', () => {
    const shares = sharesOf(LATE, alice);
    shares.spent(alice, 10 * FREE, NOW);
    expect(waits(shares, alice)).toBe(0);
    // Before the next look, too.
    shares.spent(alice, 100 * FREE, NOW + 10);
    expect(shares.mayServe(alice, NOW + 10)).toBe(true);
  });

  test('who left, or asks no more, is nobody’s rival', () => {
    for (const leave of [
      (shares: ClientShares) => shares.gone(bob),
      () => undefined, // It was never answered: the question was lost.
    ]) {
      const shares = sharesOf(LATE, bob);
      leave(shares);
      let now = NOW;
      for (; now < NOW + 5_000; now += 10) {
        shares.asked(alice, now);
        shares.spent(bob, 1, now);
        shares.turned(LATE, now);
      }
      shares.spent(alice, 10 * FREE, now);
      shares.turned(LATE, now);
      expect(shares.mayServe(alice, now)).toBe(true);
    }
  });

  test('also who wants something now and then takes no more', () => {
    const shares = sharesOf(LATE, bob);
    shares.asked(alice, NOW);
    shares.answered(alice, 2 * FREE, NOW);
    expect(waits(shares, alice)).toBeGreaterThan(0);
  });

  test('whose requests came by other nodes wants more, too, and what they cost counts', () => {
    const shares = sharesOf(LATE);
    for (let look = 1; look <= LOOKS; look++) {
      shares.executed(bob, 1, NOW + look * 10);
      shares.turned(LATE, NOW + look * 10);
    }
    const now = NOW + LOOKS * 10;
    shares.executed(alice, 2 * FREE, now);
    expect(shares.waitMs(alice, now)).toBeGreaterThan(0);
  });

  test('what is to be ordered counts before it is executed, and not twice', () => {
    const shares = sharesOf(LATE, alice, bob);
    shares.ordered(alice, 1.1 * FREE, NOW);
    expect(waits(shares, alice)).toBeGreaterThan(0);
    shares.executed(alice, 1.1 * FREE, NOW + 20);
    shares.turned(LATE, NOW + 900);
    expect(shares.mayServe(alice, NOW + 900)).toBe(true);
    // Of another node's taking.
    shares.executed(alice, 1.1 * FREE, NOW + 900);
    expect(shares.mayServe(alice, NOW + 900)).toBe(false);
  });

  test('nothing that was counted ahead is saved up for later', () => {
    const shares = sharesOf(LATE, alice, bob);
    shares.ordered(alice, 100 * FREE, NOW);
    const later = NOW + 7_000;
    for (let at = NOW; at < later; at += 1_000) shares.spent(alice, 1, at);
    shares.turned(LATE, later);
    expect(shares.mayServe(alice, later)).toBe(true);
    shares.executed(alice, 2 * FREE, later);
    expect(shares.mayServe(alice, later)).toBe(false);
  });

  test('what is not ordered after all is given back', () => {
    const shares = sharesOf(LATE, alice, bob);
    const us = shares.ordered(alice, 2 * FREE, NOW);
    expect(us).toBe(2 * FREE);
    shares.unordered(alice, { us, atMs: NOW }, NOW);
    expect(waits(shares, alice)).toBe(0);
    // Nor is it paid for.
    shares.executed(alice, 2 * FREE, NOW + 10);
    expect(waits(shares, alice)).toBeGreaterThan(0);
  });

  test('who sent dear requests is expected to send more of them', () => {
    const shares = sharesOf(LATE, alice, bob);
    for (let i = 0; i < 20; i++) shares.executed(alice, 2 * FREE, NOW);
    expect(waits(shares, alice)).toBeGreaterThan(0);
    const later = NOW + 4_900;
    shares.turned(LATE, later);
    expect(shares.mayServe(alice, later)).toBe(true);
    shares.ordered(alice, 1, later);
    expect(shares.mayServe(alice, later)).toBe(false);
  });

  test('where all take much each may take more than what is free', () => {
    const shares = sharesOf(LATE, alice, bob, carol);
    for (const client of [alice, bob, carol]) shares.spent(client, 10 * FREE, NOW);
    for (const client of [alice, bob, carol]) expect(waits(shares, client)).toBe(0);
    shares.spent(alice, 5 * FREE, NOW + 10);
    expect(waits(shares, alice)).toBeGreaterThan(0);
  });

  test('a few that want much and get nothing hold nobody back', () => {
    const [dave, erin] = ['dave', 'erin'] as unknown as [ClientId, ClientId];
    const heavy = [alice, bob, carol];
    const shares = sharesOf(LATE, ...heavy, dave, erin);
    for (const client of heavy) shares.spent(client, 10 * FREE, NOW);
    for (const client of heavy) expect(waits(shares, client)).toBe(0);
  });

  test('two that take more than all others together are held back all the same', () => {
    const honest = [1, 2, 3, 4].map((at) => `client${at}` as unknown as ClientId);
    const shares = sharesOf(LATE, alice, bob, ...honest);
    for (const client of honest) shares.spent(client, FREE, NOW);
    for (const client of [alice, bob]) shares.spent(client, 4 * FREE, NOW);
    for (const client of [alice, bob]) expect(waits(shares, client)).toBeGreaterThan(0);
    for (const client of honest) expect(waits(shares, client)).toBe(0);
  });

  test('a late turn is forgotten, but not for the next one that is not', () => {
    for (const [quietMs, isForgotten] of [
      [100, false],
      [5_000, true],
    ] as const) {
      const shares = sharesOf(0, alice, bob);
      shares.turned(100 * LATE, NOW);
      for (let turn = 0; turn < 100; turn++) shares.turned(0, NOW);
      const now = NOW + quietMs;
      shares.spent(alice, 1_000 * FREE, now);
      shares.spent(bob, 1, now);
      shares.turned(0, now);
      expect(shares.mayServe(alice, now)).toBe(isForgotten);
    }
  });

  test('nobody waits for ever, and somebody is always served', () => {
    const step = fc.record({
      client: fc.integer({ min: 0, max: 5 }),
      us: fc.integer({ min: 0, max: 10 * FREE }),
      passesMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clients = Array.from({ length: 6 }, (_, at) => `client${at}` as unknown as ClientId);
        const shares = sharesOf(LATE, ...clients);
        let nowMs = NOW;
        for (const { client, us, passesMs } of steps) {
          nowMs += passesMs;
          shares.spent(clients[client]!, us, nowMs);
          nowMs += 10;
          shares.turned(LATE, nowMs);
          expect(clients.some((each) => shares.mayServe(each, nowMs))).toBe(true);
        }
        expect(clients.every((each) => shares.mayServe(each, nowMs + 30_000))).toBe(true);
      }),
    );
  });
});
