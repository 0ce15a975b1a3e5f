import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Admission } from '../../src/node/admission.ts';
import type { AdmissionLimits } from '../../src/node/admission.ts';

const BOUNDS: AdmissionLimits = {
  unauthenticatedMax: 6,
  unauthenticatedPerAddressMax: 3,
  connectionsPerAddressMax: 5,
  handshakeFailuresMax: 4,
  handshakeFailuresForgivenPerSecond: 2,
  strangersFailedMax: 40,
  strangersForgivenPerSecond: 4,
  strangersKeptForBlameless: 20,
  strangersKeptForKnown: 10,
  expectedTriesPerSecond: 2,
  addressesRememberedMax: 100,
};

const ADMITTED = { type: 'admitted', evict: null };
const REFUSED = { type: 'refused' };
const expected = (): boolean => true;

/** Comes, proves itself and goes. */
function visit(admission: Admission<string>, address: string, nowMs: number): void {
  const name = `visitor of ${address} at ${nowMs}`;
  expect(admission.arrive(name, address, nowMs)).toMatchObject({ type: 'admitted' });
  admission.authenticate(name);
  admission.leave(name, nowMs);
}

/** How many come and go without a proof before one is refused; the address of each by its number. */
function flood(
  admission: Admission<string>,
  addressOf: (number: number) => string,
  nowMs: number,
): number {
  for (let number = 0; number < 1_000; number++) {
    const name = `flood ${number} at ${nowMs}`;
    if (admission.arrive(name, addressOf(number), nowMs).type === 'refused') return number;
    admission.leave(name, nowMs);
  }
  throw new Error('nobody was refused');
}

/** All of one neighbourhood, and each of another. */
const neighbour = (number: number): string => `10.0.0.${number % 250}`;
const anyone = (number: number): string => `10.${1 + (number >> 8)}.${number & 255}.7`;

describe('L2: places for connections', () => {
  it('L2: the oldest stranger of an address makes room for its next', () => {
    const admission = new Admission<string>(BOUNDS);
    for (const name of ['a1', 'a2', 'a3']) expect(admission.arrive(name, 'a', 0)).toEqual(ADMITTED);
    expect(admission.arrive('a4', 'a', 0)).toEqual({ type: 'admitted', evict: 'a1' });
    expect(admission.counts).toEqual({ unauthenticated: 3, authenticated: 0 });
  });

  it('L2: strangers who hold every place keep no other address out', () => {
    const admission = new Admission<string>(BOUNDS);
    for (const name of ['a1', 'a2', 'a3']) admission.arrive(name, 'a', 0);
    for (const name of ['b1', 'b2', 'b3']) admission.arrive(name, 'b', 0);
    expect(admission.arrive('c1', 'c', 0)).toEqual({ type: 'admitted', evict: 'a1' });
    expect(admission.counts.unauthenticated).toBe(6);
  });

  it('L2: the only stranger of an address makes room for its next, and the address is not forgotten', () => {
    const admission = new Admission<string>({ ...BOUNDS, unauthenticatedPerAddressMax: 1 });
    admission.arrive('a1', 'a', 0);
    // All of it forgiven, and then only tries are left, which the address itself does not pay for.
    flood(admission, anyone, 100_000);
    expect(admission.arrive('a2', 'a', 100_000, expected)).toMatchObject({ evict: 'a1' });
    expect(admission.arrive('a3', 'a', 100_000, expected)).toMatchObject({ evict: 'a2' });
    expect(admission.counts.unauthenticated).toBe(1);
  });

  it('L2: who proved itself is never evicted, and counts against its address', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 5; i++) {
      admission.arrive(`a${i}`, 'a', 0);
      admission.authenticate(`a${i}`);
    }
    expect(admission.arrive('a5', 'a', 0)).toMatchObject(REFUSED);
    admission.leave('a0', 0);
    expect(admission.arrive('a6', 'a', 0)).toEqual(ADMITTED);
    expect(admission.counts).toEqual({ unauthenticated: 1, authenticated: 4 });
  });
});

describe('L2: what an address may do', () => {
  it.each<[string, (admission: Admission<string>) => void]>([
    ['goes by itself', (admission) => admission.leave('x', 0)],
    ['stays and says nothing', () => undefined],
  ])('L2: who %s without a proof came to nothing, and is forgiven with time', (_, act) => {
    const admission = new Admission<string>({ ...BOUNDS, unauthenticatedPerAddressMax: 5 });
    for (let i = 0; i < 4; i++) {
      expect(admission.arrive('x', 'x', 0)).toEqual(ADMITTED);
      act(admission);
    }
    expect(admission.arrive('x4', 'x', 0)).toEqual({
      type: 'refused',
      reason: 'too many failed handshakes from this address',
    });
    expect(admission.arrive('y', 'y', 0)).toEqual(ADMITTED);
    expect(admission.arrive('x5', 'x', 500)).toEqual(ADMITTED);
    expect(admission.arrive('x6', 'x', 500)).toMatchObject(REFUSED);
  });

  it('L2: who is evicted came to nothing', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 4; i++) admission.arrive(`x${i}`, 'x', 0);
    expect(admission.counts.unauthenticated).toBe(3);
    expect(admission.arrive('x4', 'x', 0)).toMatchObject(REFUSED);
  });

  it('L2: of many clients behind one address so many may be under way, and each proof makes room', () => {
    const admission = new Admission<string>({
      ...BOUNDS,
      unauthenticatedPerAddressMax: 5,
      connectionsPerAddressMax: 100,
    });
    for (let i = 0; i < 4; i++) expect(admission.arrive(`c${i}`, 'home', 0)).toEqual(ADMITTED);
    expect(admission.arrive('c4', 'home', 0)).toMatchObject(REFUSED);
    for (let i = 4; i < 50; i++) {
      admission.authenticate(`c${i - 4}`);
      expect(admission.arrive(`c${i}`, 'home', 0)).toEqual(ADMITTED);
    }
  });

  it('L2: who is proven and has no place is no failure of its address, and leaves as it came', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 50; i++) {
      expect(admission.arrive(`c${i}`, 'home', 0)).toEqual(ADMITTED);
      admission.excuse(`c${i}`);
      admission.leave(`c${i}`, 0);
    }
    expect(admission.counts).toEqual({ unauthenticated: 0, authenticated: 0 });
  });

  it('L2: tries for a missed peer where others would be refused, so often a second, and blames nobody for it', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 4; i++) {
      // Not yet by a try.
      expect(admission.arrive(`x${i}`, 'x', 0, expected)).toMatchObject({ type: 'admitted' });
      admission.leave(`x${i}`, 0);
    }
    for (const name of ['x4', 'x5']) {
      expect(admission.arrive(name, 'x', 0)).toMatchObject(REFUSED);
      expect(admission.arrive(name, 'x', 0, expected)).toEqual(ADMITTED);
      admission.leave(name, 0);
    }
    expect(admission.arrive('x6', 'x', 0, expected)).toMatchObject(REFUSED);
    // As many as were forgiven: the tries were not its own.
    for (const name of ['x7', 'x8']) expect(admission.arrive(name, 'x', 1_000)).toEqual(ADMITTED);
    for (const name of ['x9', 'x10'])
      expect(admission.arrive(name, 'x', 1_000, expected)).toMatchObject({ type: 'admitted' });
    expect(admission.arrive('x11', 'x', 1_000, expected)).toMatchObject(REFUSED);
  });

  it('L2: a peer that comes back with a proof has taken no try', () => {
    const admission = new Admission<string>(BOUNDS);
    flood(admission, () => 'x', 0);
    for (let i = 0; i < 20; i++) {
      expect(admission.arrive('peer', 'x', 0, expected)).toEqual(ADMITTED);
      admission.authenticate('peer');
      admission.leave('peer', 0);
    }
  });
});

describe('L2: what strangers of many addresses may do', () => {
  it('L2: wears out what neighbours of the blamed have, and nothing of what is kept for others', () => {
    const admission = new Admission<string>(BOUNDS);
    visit(admission, 'home', 0);
    expect(flood(admission, neighbour, 0)).toBe(20);
    expect(admission.arrive('n', neighbour(300), 0)).toEqual({
      type: 'refused',
      reason: 'too many failed handshakes from all addresses',
    });
    visit(admission, anyone(0), 0);
    expect(flood(admission, anyone, 0)).toBe(10);
    expect(admission.arrive('newcomer', anyone(10), 0)).toMatchObject(REFUSED);
    visit(admission, 'home', 0);
  });

  it('L2: is forgiven with time, the blameless first', () => {
    const admission = new Admission<string>(BOUNDS);
    flood(admission, neighbour, 0);
    flood(admission, anyone, 0);
    expect(admission.arrive('n', neighbour(300), 1_000)).toMatchObject(REFUSED);
    expect(admission.arrive('newcomer', anyone(500), 1_000)).toEqual(ADMITTED);
    expect(admission.arrive('n', neighbour(300), 5_000)).toEqual(ADMITTED);
  });

  it('L2: comes to no more than what is kept for known addresses, and those are bounded too', () => {
    const admission = new Admission<string>(BOUNDS);
    for (const address of ['home', 'h1', 'h2', 'h3', 'h4']) visit(admission, address, 0);
    flood(admission, neighbour, 0);
    flood(admission, anyone, 0);
    expect(flood(admission, (number) => `h${1 + (number % 3)}`, 0)).toBe(10);
    expect(admission.arrive('client', 'home', 0)).toMatchObject(REFUSED);
  });

  it('L2: keeps out no peer that is missed, whose tries are not what others may fail', () => {
    const admission = new Admission<string>(BOUNDS);
    for (const address of ['h0', 'h1', 'h2']) visit(admission, address, 0);
    flood(admission, neighbour, 0);
    flood(admission, anyone, 0);
    expect(admission.arrive('peer', anyone(500), 0)).toMatchObject(REFUSED);
    for (const name of ['peer', 'other'])
      expect(admission.arrive(name, anyone(500), 0, expected)).toEqual(ADMITTED);
    expect(flood(admission, (number) => `h${number % 3}`, 0)).toBe(10);
  });

  it('L2: is forgotten once it is forgiven', () => {
    const admission = new Admission<string>(BOUNDS);
    flood(admission, anyone, 0);
    admission.arrive('a', 'a', 2_000);
    expect(admission.addresses).toBe(31);
    admission.sweep(2_000);
    expect(admission.addresses).toBe(1);
    admission.leave('a', 9_000);
    expect(admission.addresses).toBe(0);
    flood(admission, (number) => anyone(200 + number), 100_000);
    for (let i = 0; i < 100; i++)
      expect(admission.arrive('x', anyone(500 + i), 100_000)).toMatchObject(REFUSED);
    expect(admission.addresses).toBe(30);
  });

  it('L2: a neighbourhood is blamed while somebody is under way, and not after his proof', () => {
    const admission = new Admission<string>(BOUNDS);
    flood(admission, neighbour, 0);
    expect(admission.arrive('a', '10.9.9.1', 0)).toEqual(ADMITTED);
    expect(admission.arrive('b', '10.9.9.2', 0)).toMatchObject(REFUSED);
    admission.authenticate('a');
    expect(admission.arrive('b', '10.9.9.2', 0)).toEqual(ADMITTED);
  });

  it('L2: the last addresses are remembered, those that are known and those that are blamed', () => {
    const admission = new Admission<string>({ ...BOUNDS, addressesRememberedMax: 2 });
    for (const address of ['h1', 'h2', 'h1', 'h3']) visit(admission, address, 0);
    flood(admission, neighbour, 0);
    flood(admission, anyone, 0);
    visit(admission, 'h1', 0);
    visit(admission, 'h3', 0);
    expect(admission.arrive('client', 'h2', 0)).toMatchObject(REFUSED);
    // Of the flood only the last neighbourhoods.
    expect(admission.arrive('n', neighbour(0), 1_000)).toEqual(ADMITTED);
  });

  it('L2: any number of clients that prove themselves may come at once', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 200; i++) {
      expect(admission.arrive(`c${i}`, anyone(i), 0)).toEqual(ADMITTED);
      admission.authenticate(`c${i}`);
      if (i % 2 === 0) admission.leave(`c${i}`, 0);
    }
  });

  it('L2: whatever comes and goes, no bound is passed and nothing is forgotten or kept for ever', () => {
    const event = fc.record({
      act: fc.constantFrom('arrive', 'authenticate', 'excuse', 'leave', 'sweep'),
      who: fc.nat({ max: 24 }),
      address: fc.constantFrom('a', 'b', 'c'),
      wait: fc.nat({ max: 800 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const admission = new Admission<number>(BOUNDS);
        const here = new Map<number, { address: string; proven: boolean }>();
        let now = 0;
        for (const { act, who, address, wait } of events) {
          now += wait;
          const known = here.get(who);
          if (act === 'arrive' && known === undefined) {
            const verdict = admission.arrive(who, address, now);
            if (verdict.type === 'admitted') {
              if (verdict.evict !== null) {
                expect(here.get(verdict.evict)?.proven).toBe(false);
                here.delete(verdict.evict);
              }
              here.set(who, { address, proven: false });
            }
          } else if (act === 'authenticate' && known?.proven === false) {
            admission.authenticate(who);
            known.proven = true;
          } else if (act === 'excuse' && known?.proven === false) admission.excuse(who);
          else if (act === 'leave') {
            admission.leave(who, now);
            here.delete(who);
          } else if (act === 'sweep') admission.sweep(now);
          const all = [...here.values()];
          const strangers = all.filter(({ proven }) => !proven);
          expect(admission.counts).toEqual({
            unauthenticated: strangers.length,
            authenticated: all.length - strangers.length,
          });
          expect(strangers.length).toBeLessThanOrEqual(BOUNDS.unauthenticatedMax);
          for (const one of ['a', 'b', 'c']) {
            const from = all.filter((origin) => origin.address === one);
            expect(from.length).toBeLessThanOrEqual(BOUNDS.connectionsPerAddressMax);
            expect(from.filter(({ proven }) => !proven).length).toBeLessThanOrEqual(
              BOUNDS.unauthenticatedPerAddressMax,
            );
          }
        }
      }),
    );
  });
});
