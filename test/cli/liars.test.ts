/** What a lying node puts into its report stays what it is: words. */
import { expect, it } from 'vitest';
import type { Suspicion } from '../../src/cli/cluster/evidence-view.ts';
import { suspicionText } from '../../src/cli/output/evidence-table.ts';

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a reason called %s is no reason that is known',
  (reason) => {
    const suspicion = { type: 'wants-term', wanted: 3, reason } as unknown as Suspicion;
    expect(suspicionText(suspicion)).toBe(`wants term 3: ${reason}`);
  },
);
