import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { ClientId } from '../../src/consensus/model/ids.ts';
import { ClientLinks } from '../../src/node/client-links.ts';
import type { Connection } from '../../src/node/connection.ts';

/** A connection as the list of them sees it. */
class Fake {
  handlers = {};
  partialBytes = 0;
  progressBytes = 0;
  ended: string | null = null;
  remote = '127.0.0.1:1';
  check = (): void => undefined;
  terminate = (reason: string): void => void (this.ended = reason);
}

const idOf = (name: string): ClientId => name as ClientId;

function addTo(links: ClientLinks, client: string): Fake {
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
    held.set(client, [...(held.get(client) ?? []), addTo(links, client)]);
  }
  expect(links.full(idOf('late'))).toBeNull();
  addTo(links, 'late');
  expect(links.connections).toBe(connectionsMax);
  expect([...held.values()].flat().filter(({ ended }) => ended !== null)).toHaveLength(1);
  expect([...held.values()][0]?.[0]?.ended).toBe('a newer connection took its place');
  // It goes on until nobody is far ahead of anybody: then there is no place indeed.
  let more = 0;
  for (; links.full(idOf('late')) === null && more < connectionsMax; more++) addTo(links, 'late');
  expect(more).toBeGreaterThan(connectionsPerClientMax - 3);
  expect(links.connections).toBe(connectionsMax);
  expect(links.full(idOf('flood0'))).toMatch(/serves 1024 connections already/u);
});

it('L2: of frames that are not finished so many are kept, and who is slowest to finish goes', () => {
  const links = new ClientLinks({ log: () => undefined });
  const add = (name: string, bytes: number, progress: number): Fake => {
    const fake = addTo(links, name);
    return Object.assign(fake, { partialBytes: bytes, progressBytes: progress });
  };
  // Three hundred puts of a megabyte over slow lines: nearest to done is who holds most.
  const honest = Array.from({ length: 300 }, (_, i) =>
    add(`slow${i}`, (i / 300) * limits.requestBytesMax, 10_000),
  );
  const small = add('small', 100, 0);
  links.check();
  const all = [...honest, small];
  expect(all.every(({ ended }) => ended === null)).toBe(true);
  // Who stands still, who sends a byte now and then, and who is slower than anybody for all that it holds.
  const flood = Array.from({ length: 40 }, (_, i) =>
    add(`flood${i}`, limits.frameBytesMax, [0, 1, 5_000][i % 3] ?? 0),
  );
  links.check();
  const gone = flood.filter(({ ended }) => ended === 'too much that was never finished');
  const held = honest.reduce((sum, { partialBytes }) => sum + partialBytes, 100);
  const kept = Math.floor((limits.partialBytesMax - held) / limits.frameBytesMax);
  expect(gone).toHaveLength(40 - kept);
  expect(all.every(({ ended }) => ended === null)).toBe(true);
});
