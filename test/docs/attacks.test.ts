import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GROUPS, protocolsOf } from '../../scripts/attack/attack.ts';
import { attacksFor } from '../../scripts/attack/catalogue.ts';
import { TARGETS } from '../../scripts/attack/lab/targets.ts';
import { EXIT } from '../../scripts/attack/result/exit.ts';
import { VERDICTS, writeReport } from '../../scripts/attack/result/format.ts';
import { aReport, aResult } from '../attack/reports.ts';
import { aRound, honest, LEADER } from '../attack/rounds.ts';

const path = fileURLToPath(new URL('../../docs/attacks.md', import.meta.url));
const page = readFileSync(path, 'utf8');

function section(heading: string): string {
  return page.split(/^##+ /mu).find((text) => text.startsWith(heading)) ?? '';
}

describe('docs/attacks.md lists every attack', () => {
  test.each(GROUPS)('of %s', (group) => {
    const rows = section(`\`${group}\``).matchAll(/^\| `([^`]+)` +\| (\w+) .*\| (yes|no) +\|$/gmu);
    const told = [...rows].map(([, name, by, raft]) => [name, by, raft]);
    const attacks = attacksFor(group).map((attack) => [
      attack.name,
      attack.by,
      protocolsOf(attack).includes('raft') ? 'yes' : 'no',
    ]);
    expect(told).toEqual(attacks);
  });
});

test('docs/attacks.md has every exit code and verdict', () => {
  const codes = [...section('What is promised').matchAll(/^\| +(\d+) \|/gmu)].map(
    ([, code]) => code,
  );
  expect(codes).toEqual(Object.values(EXIT).map(String));
  for (const verdict of VERDICTS) expect(page).toContain(`| \`${verdict}\` `);
});

test('docs/attacks.md has the targets as they are judged', () => {
  const text = section('What is promised');
  expect(text).toContain(`${100 * TARGETS.takenMax} % of the throughput`);
  expect(text).toContain(`the median of ${TARGETS.takenRounds} rounds`);
  expect(text).toContain(
    `${TARGETS.timeoutsMax} election timeouts, for ${TARGETS.victimTimeoutsMax} for the one`,
  );
  expect(text).toContain(`${TARGETS.peakBytesMax / 2 ** 20} MiB`);
});

/** Names of fields, of objects within lists too. */
function fieldsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const names = Array.isArray(value) ? [] : Object.keys(value);
  return [...names, ...Object.values(value).flatMap(fieldsOf)];
}

test('docs/attacks.md names every field of a result', () => {
  const suspicions = [{ voter: 'node3', wanted: 2, reason: 'silent' }];
  const round = aRound({ honest: honest({ culprits: ['node1'], suspicions }) });
  const { results } = JSON.parse(writeReport(aReport([aResult(LEADER, [round])]))) as {
    results: [
      { rounds: [{ rogue: { did: unknown }; honest: { view: { suspicions: unknown } }[] }] },
    ];
  };
  results[0].rounds[0].rogue.did = {};
  const text = section('JSON');
  const missing = fieldsOf(results).filter((name) => !new RegExp(`\\b${name}\\b`, 'u').test(text));
  expect([...new Set(missing)]).toEqual([]);
});
