import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkHouse } from './check.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('the sources keep the order of the house', () => {
  expect(checkHouse(here('../..'))).toEqual([]);
});

test('a house in disorder is found out, file by file', () => {
  expect(checkHouse(here('../fixtures/house'))).toEqual([
    'src/attic/lost.ts: stands in no room of the house',
    'src/base/chance.ts: draws chance (Math.random)',
    'src/base/clock.ts: reads the clock (Date)',
    'src/base/outside.ts: imports ../../../../layers/check.ts, which is outside the house',
    'src/base/upwards.ts: imports consensus/model (../consensus/model/ids.ts)',
    'src/client/late.ts: imports machine (../machine/session.ts)',
    'src/host/forger.ts: casts to Verified, only crypto/ may',
    'src/host/sideways.ts: imports node (../node/open.ts)',
    'src/machine/package.ts: imports the package classic-level',
    'src/node/open.ts: reads arguments or environment, only cli/ may',
    'src/wire/builtin.ts: imports node:crypto, only node/ and cli/ may',
  ]);
});
