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
  strangersFailedMax: 8,
  strangersForgivenPerSecond: 4,
};

describe('L2: places for connections', () => {
  it('L2: the oldest stranger of an address makes room for its next', () => {
    const admission = new Admission<string>(BOUNDS);
    for (const name of ['a1', 'a2', 'a3'])
      expect(admission.arrive(name, 'a', 0)).toEqual({ type: 'admitted', evict: null });
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

  it('L2: who proved itself is never evicted, and counts against its address', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 5; i++) {
      admission.arrive(`a${i}`, 'a', 0);
      admission.authenticate(`a${i}`);
    }
    expect(admission.arrive('a5', 'a', 0)).toMatchObject({ type: 'refused' });
    admission.leave('a0', 0);
    expect(admission.arrive('a6', 'a', 0)).toEqual({ type: 'admitted', evict: null });
    expect(admission.counts).toEqual({ unauthenticated: 1, authenticated: 4 });
  });

  it('L2: an address that keeps failing waits, and is forgiven with time', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 4; i++) {
      admission.arrive(`x${i}`, 'x', 0);
      admission.fail(`x${i}`, 0);
      admission.leave(`x${i}`, 0);
    }
    expect(admission.arrive('x4', 'x', 0)).toMatchObject({ type: 'refused' });
    expect(admission.arrive('y', 'y', 0)).toMatchObject({ type: 'admitted' });
    expect(admission.arrive('x5', 'x', 400)).toMatchObject({ type: 'refused' });
    expect(admission.arrive('x6', 'x', 1_000)).toMatchObject({ type: 'admitted' });
  });

  it('L2: who has addresses without end wears out what strangers may fail, and keeps out no peer and no neighbour', () => {
    const admission = new Admission<string>(BOUNDS);
    admission.arrive('client', 'home', 0);
    admission.authenticate('client');
    // Half of them say something wrong, the others nothing until they are evicted or go.
    for (let i = 0; i < 8; i++) {
      expect(admission.arrive(`s${i}`, `address ${i}`, 0)).toMatchObject({ type: 'admitted' });
      if (i % 2 === 0) admission.fail(`s${i}`, 0);
      admission.leave(`s${i}`, 0);
    }
    expect(admission.arrive('s9', 'address 9', 0)).toEqual({
      type: 'refused',
      reason: 'too many failed handshakes from all addresses',
    });
    expect(admission.arrive('peer', 'address 9', 0, true)).toMatchObject({ type: 'admitted' });
    expect(admission.arrive('next client', 'home', 0)).toMatchObject({ type: 'admitted' });
    expect(admission.arrive('s10', 'address 10', 300)).toMatchObject({ type: 'admitted' });
  });

  it('L2: any number of clients that prove themselves may come at once', () => {
    const admission = new Admission<string>(BOUNDS);
    for (let i = 0; i < 50; i++) {
      expect(admission.arrive(`c${i}`, `c${i}`, 0)).toMatchObject({ type: 'admitted' });
      admission.authenticate(`c${i}`);
      if (i % 2 === 0) admission.leave(`c${i}`, 0);
    }
  });

  it('L2: whatever comes and goes, no bound is passed and nothing is forgotten or kept for ever', () => {
    const event = fc.record({
      act: fc.constantFrom('arrive', 'authenticate', 'fail', 'leave', 'sweep'),
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
          } else if (act === 'fail') admission.fail(who, now);
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
