/** @param {readonly { name: string, summary: string }[]} reports */
export function helpText(reports) {
  const lines = reports.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return `npm run bench -- [report] [options]

Real processes on this machine, synced disks, real links. Every row is measured once in every round, in turn; figures
are medians over the rounds, with the lowest and the highest.

Reports:
${lines.join('\n')}

What is measured:
  --quick           a small, honest part that ends within two minutes: Tangaroa, 4 nodes, beside plain Raft, 3 nodes
  --subjects LIST   such as tangaroa:4,raft:3,etcd:3 (name:nodes); of the ablation also its rungs, such as chain:4
  --in-flight LIST  operations in flight, closed loop
  --rates LIST      operations due each second, open loop (report workloads)
  --value-bytes N   size of a value (default 200)
  --clients N       client keys, for etcd connections (default: one for each 256 in flight)
  --data FILE       JSON lines with key and value to import (default: the Debian packages beside this project, if there)
  --kills N         of the report failover (default 30)

How:
  --seconds N       of each measurement (default 5)
  --warm-up N       seconds before each (default 1)
  --rounds N        (default 3)
  --minutes N       no further measurement begins after so long (default 60, with --quick 1.5)
  --directory DIR   on the disk to measure (default: the system's temporary directory)

What comes out:
  --processes       also what each single process used
  --json [FILE]     everything, also every round; without FILE to standard output instead of the tables
  --html FILE       one page with plots, complete in itself
  --compare FILE    beside an earlier run's JSON: ratios, marked where they exceed the spread of the rounds
  --from FILE       measures nothing: tables and page of an earlier run's JSON

Exit codes: 0 measured, 1 something failed, 2 wrong arguments, 130 stopped.
`;
}
