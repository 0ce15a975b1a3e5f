/** L2: what all peers together make a node check, and what honest ones are heard with meanwhile, in a model of their wire. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { LogIndex, NodeId, Term } from '../../src/consensus/model/ids.ts';
import type { Verified } from '../../src/consensus/model/verified.ts';
import { PeerDesk } from '../../src/host/peer-desk.ts';
import type { PeerWire } from '../../src/host/protocol.ts';
import { freshCounters } from '../../src/host/status.ts';

/** `beside`: signatures that come along and are remembered. */
interface Said {
  readonly kind: 'heartbeat' | 'response' | 'junk' | 'long';
  readonly at: number;
  readonly beside: number;
}

const HEARTBEAT_MS = 100;

/** A desk whose time is a number; a frame of 250 bytes says which message it is. */
class Room {
  checked = 0;
  certified = 0;
  wants: (said: Said, from: NodeId) => boolean = () => true;
  onMessage: (from: NodeId, said: Said) => void = () => {};
  readonly counters = freshCounters();
  readonly desk: PeerDesk<Said>;
  readonly #said: Said[] = [];

  constructor(others: number) {
    const wire: Omit<PeerWire<Said>, 'encode' | 'entries'> = {
      decode: (frame) => ({
        ok: true,
        value: this.#said[new DataView(frame.buffer).getUint32(0)] as Said,
      }),
      signatures: ({ beside }) => 1 + beside,
      checked: () => this.checked,
      requests: ({ beside }) => Array.from({ length: beside }, () => ({}) as never),
      prepare: () => {
        this.checked++;
        return true;
      },
      isNews: () => false,
      arrange: (arrivals) => arrivals.toReversed(),
      verify: (value) => {
        this.checked++;
        return { type: 'verified', value: value as Verified<Said> };
      },
    };
    this.desk = new PeerDesk<Said>(
      { others, heartbeatIntervalMs: HEARTBEAT_MS },
      {
        wire,
        counters: this.counters,
        links: {
          closePeer: (_, reason) => {
            throw new Error(reason);
          },
        },
        wants: (said, from) => this.wants(said, from),
        term: () => 1 as Term,
        certified: () => this.certified as LogIndex,
        onMessage: (from, said) => this.onMessage(from, said),
        onAccused: () => {},
      },
    );
  }

  push(from: string, kind: Said['kind'], at: number, beside = 0): void {
    const frame = new Uint8Array(250);
    new DataView(frame.buffer).setUint32(0, this.#said.push({ kind, at, beside }) - 1);
    this.desk.push(from as NodeId, frame);
  }

  drain(nowMs: number): void {
    while (this.desk.isReady(nowMs)) this.desk.drain(nowMs);
  }
}

describe('L2: of all peers together', () => {
  const OTHERS = limits.votersMax - 1;
  const TRAITORS = Math.floor(OTHERS / 3);
  const QUORUM = OTHERS + 1 - TRAITORS;

  test('as many traitors as are borne take no more than half of a core, and everybody else is heard at once', () => {
    const room = new Room(OTHERS);
    const late: number[] = [];
    let now = 0;
    let heard = 0;
    room.onMessage = (_, { kind, at }) => {
      if (kind !== 'heartbeat') return;
      heard++;
      if (now > at) late.push(now - at);
    };
    const seconds = 10;
    for (; now < 1_000 * seconds; now += 10) {
      for (let i = 0; i < TRAITORS; i++)
        for (let j = 0; j < 4; j++) room.push(`t${i}`, 'junk', now);
      // A leader with the certificate that it sent before; a candidate with that and another.
      if (now % HEARTBEAT_MS === 0) {
        room.push('leader', 'heartbeat', now, QUORUM);
        room.push('candidate', 'heartbeat', now, 2 * QUORUM);
      }
      room.drain(now);
    }
    expect(late).toEqual([]);
    expect(heard).toBe((2 * 1_000 * seconds) / HEARTBEAT_MS);
    // At 0.1 ms each; a burst comes once.
    const junk = room.checked - heard;
    expect(junk / seconds).toBeLessThan(5_000);
    expect(junk).toBeGreaterThan(seconds * limits.peerChecksPerSecond * (TRAITORS / OTHERS));
  });
});

describe('L2, M6: a follower that lags', () => {
  /** Its disk stood still for so long; the leader and another voter went on with 1,000 entries a second. */
  function catchesUp(stallMs: number): number {
    const room = new Room(3);
    const best = new Map<NodeId, number>();
    let now = 0;
    let caughtUpMs = Infinity;
    // Whoever named more is known to.
    room.wants = ({ kind, at }, from) => kind !== 'response' || at > (best.get(from) ?? -1);
    room.onMessage = (from, { kind, at }) => {
      if (kind === 'response') best.set(from, at);
      // The leader shows what is committed; an answer to a fetch comes the same way.
      if (kind === 'heartbeat') {
        room.certified = Math.max(room.certified, at);
        if (at >= stallMs && now - at < 2 * HEARTBEAT_MS) caughtUpMs = Math.min(caughtUpMs, now);
      }
    };
    for (; now < stallMs + 5_000; now++) {
      for (const voter of ['leader', 'voter']) {
        room.push(voter, 'response', now);
        room.push(voter, 'response', now + 0.5);
      }
      if (now % HEARTBEAT_MS === 0) room.push('leader', 'heartbeat', now, 3);
      if (now >= stallMs) room.drain(now);
    }
    expect(room.desk.waiting).toBeLessThan(1_000);
    return caughtUpMs - stallMs;
  }

  test.each([3_000, 10_000, 30_000])('is up to date soon after %i ms', (stallMs) => {
    expect(catchesUp(stallMs)).toBeLessThan(2_000);
  });
});

describe('M6: a long message', () => {
  const LONG = 4 * limits.drainPeerSignaturesMax;

  test('that nobody wants takes no turn from others', () => {
    const room = new Room(3);
    room.wants = ({ kind }) => kind !== 'long';
    const heard: string[] = [];
    room.onMessage = (from) => heard.push(from);
    room.push('a', 'long', 0, LONG);
    room.push('b', 'heartbeat', 0);
    room.desk.drain(0);
    expect(heard).toEqual(['b']);
    expect(room.counters.unwanted).toBe(1);
    expect(room.desk.waiting).toBe(0);
  });

  test('that is wanted no more when it is done is paid for as it was checked', () => {
    const room = new Room(3);
    room.push('a', 'long', 0, LONG);
    room.desk.drain(0);
    room.desk.drain(0);
    room.wants = ({ kind }) => kind !== 'long';
    room.drain(0);
    expect(room.counters.unwanted).toBe(1);
    room.push('a', 'junk', 0);
    expect(room.desk.isReady(0)).toBe(false);
    expect(room.desk.isReady(2_000)).toBe(false);
  });
});
