/** What `--help` and `--list` say. */
import { formatTable } from '../../../bench/text/table.mjs';
import { DEFAULTS } from '../arguments.ts';
import type { LabAttack } from '../attack.ts';
import { GROUPS, protocolsOf } from '../attack.ts';
import { grouped, wrapped } from './words.ts';

export function helpText(): string {
  return `npm run attack -- NAME|GROUP|all [options]
npm run attack -- --list [--json]
npm run attack -- --from FILE[,FILE] [--html FILE]

Attacks a live cluster and tells what held: real processes, synced disks, real links, honest nodes as a user starts
them, clients that write and read all the while. Each attack gets a new cluster in each round, and a phase before and
after it to compare with. Everything stays on loopback, ends by itself and leaves nothing behind.

Groups: ${GROUPS.join(', ')}

Against what:
  --protocol NAME   tangaroa, or raft to see what breaks (default ${DEFAULTS.protocol})
  --nodes N         (default ${DEFAULTS.nodes})
  --rogues N        members in the attacker's hands, where an attack needs any (default ${DEFAULTS.rogues}); with more than f
                    nothing is promised, and the verdict says what fell

How:
  --seconds S       of the attack; before and after take half of it each (default ${DEFAULTS.seconds})
  --rounds N        figures are medians over them (default ${DEFAULTS.rounds}; targets speak of 3)
  --minutes M       no further round begins after so long (default: none)
  --in-flight N     operations of all clients together (default ${DEFAULTS.inFlight})
  --clients N       client keys under load (default ${DEFAULTS.clients})
  --seed N          what attackers draw in the first round; one more in each that follows (default: any, and told)

What comes out:
  --verbose         also what the rogues did, evidence, suspicions and audits of every round
  --json [FILE]     everything, also every round and its curve; without FILE to standard output instead of the table
  --html FILE       one page with curves, complete in itself
  --evidence DIR    what evidence was gathered, as files that 'tangaroa evidence' reads, each beside its genesis
  --from FILE       plays nothing: table and page of an earlier run's JSON. Two files, such as
                    tangaroa.json,raft.json, are told side by side
  --list            the attacks there are

Verdicts: held (every promise), broken (a promise was not kept: a bug), fell (what nobody promised did not hold), failed
(the attack did not take place, or the lab could not tell).

Exit codes: 0 held or fell, 1 a promise was broken, 2 wrong arguments, 3 something failed, 130 stopped.

Examples:
  npm run attack -- equivocate --verbose
  npm run attack -- bad-boss --rounds 3 --html bad-boss.html
  npm run attack -- all --json tangaroa.json; npm run attack -- all --protocol raft --json raft.json
  npm run attack -- --from tangaroa.json,raft.json --html both.html
  npm run attack -- equivocate --rogues 2
  npm run attack -- equivocate --evidence proofs

docs/attacks.md tells the rest.
`;
}

const LIST_WIDTH = 120;

/** A table, each group by itself; what is tried goes on below itself where it is long. */
export function listText(attacks: readonly LabAttack[]): string {
  const titles = ['attack', 'by', 'protocols'];
  const cells = attacks.map((attack) => [
    `  ${attack.name}`,
    attack.by,
    protocolsOf(attack).join(', '),
  ]);
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const left = widths.reduce((sum, width) => sum + width + 2, 0);
  const rows = grouped(attacks, ({ group }) => group).flatMap(({ group, members }) => [
    [''],
    [`${group}:`],
    ...members.flatMap((attack) => {
      const [first = '', ...more] = wrapped(attack.tries, LIST_WIDTH - left);
      const row = cells[attacks.indexOf(attack)] ?? [];
      return [[...row, first], ...more.map((line) => ['', '', '', line])];
    }),
  ]);
  const columns = [...titles, 'what it tries'].map((title) => ({ title, left: true }));
  return formatTable({ columns, rows });
}

export function listJson(attacks: readonly LabAttack[]): string {
  const told = attacks.map((attack) => {
    const { name, group, by, tries, holds } = attack;
    return { name, group, by, protocols: protocolsOf(attack), tries, holds };
  });
  return `${JSON.stringify(told)}\n`;
}
