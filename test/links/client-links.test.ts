import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import { ClientLinks } from '../../src/node/client-links.ts';
import type { Connection } from '../../src/node/connection.ts';

/** A connection as the list of them sees it. */
class Fake {
  handlers = {};
  partialBytes = 0;
  ended: string | null = null;
  remote = '127.0.0.1:1';
  check = (): void => undefined;
  terminate = (reason: string): void => void (this.ended = reason);
}

const idOf = (name: string): ClientId => name as ClientId;

function add(links: ClientLinks, client: string): Fake {
  const fake = new Fake();
  const handlers = { frame: () => undefined, closed: () => undefined };
  links.add(idOf(client), fake as unknown as Connection, handlers);
  return fake;
}

it('L2: where every place is taken, who holds most of them makes room for who holds less', () => {
  const links = new ClientLinks({ log: () => undefined });
  const { connectionsMax, connectionsPerClientMax } = limits;
  const held = new Map<string, Fake[]>();
  for (let i = 0; links.connections < connectionsMax; i++) {
    const client = `flood${i % (connectionsMax / connectionsPerClientMax)}`;
    held.set(client, [...(held.get(client) ?? []), add(links, client)]);
  }
  expect(links.full(idOf('late'))).toBeNull();
  add(links, 'late');
  expect(links.connections).toBe(connectionsMax);
  expect([...held.values()].flat().filter(({ ended }) => ended !== null)).toHaveLength(1);
  expect([...held.values()][0]?.[0]?.ended).toBe('a newer connection took its place');
  // It goes on until nobody is far ahead of anybody: then there is no place indeed.
  let more = 0;
  for (; links.full(idOf('late')) === null && more < connectionsMax; more++) add(links, 'late');
  expect(more).toBeGreaterThan(connectionsPerClientMax - 3);
  expect(links.connections).toBe(connectionsMax);
  expect(links.full(idOf('flood0'))).toMatch(/serves 1024 connections already/u);
});

it('L2: frames that are never finished are bounded together, the largest go', () => {
  const links = new ClientLinks({ log: () => undefined });
  const honest = add(links, 'honest');
  honest.partialBytes = 1_000_000;
  const flood = Array.from({ length: 20 }, (_, i) => add(links, `flood${i}`));
  links.check();
  expect(flood.every(({ ended }) => ended === null)).toBe(true);
  for (const one of flood) one.partialBytes = limits.frameBytesMax;
  links.check();
  const gone = flood.filter(({ ended }) => ended === 'too much that was never finished');
  const most = Math.floor((limits.partialBytesMax - 1_000_000) / limits.frameBytesMax);
  expect(gone).toHaveLength(20 - most);
  expect(honest.ended).toBeNull();
});
