/** Nobody attacks: what the figures of the others are worth. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutsiderAttack } from '../attack.ts';

export const CONTROL: readonly OutsiderAttack[] = [
  {
    name: 'nobody',
    group: 'control',
    tries: 'nothing: nobody attacks, and what differs between the phases is noise',
    holds: 'nothing has to',
    by: 'outsider',
    protocols: ['tangaroa', 'raft'],
    hasMembers: false,
    act: async ({ stop, did }) => {
      did('nothing');
      await sleep(3_600_000, undefined, { signal: stop, ref: false }).catch(() => undefined);
    },
  },
];
