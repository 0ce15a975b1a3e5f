/** `tangaroa evidence verify`: a file and the genesis document, nothing else. */
import type { Command } from 'commander';
import { QuietExit } from '../cli-error.ts';
import { FAULT_EXITS, verifyFile } from '../cluster/evidence-file.ts';
import type { EvidenceFileLine } from '../cluster/evidence-file.ts';
import { shortId } from '../cluster/evidence-pick.ts';
import { findCluster } from '../cluster/files.ts';
import { clusterFlag, jsonFlag } from '../flags.ts';
import type { JsonFlag } from '../flags.ts';
import type { ExitName } from '../exit-codes.ts';
import { toJson } from '../output/encode.ts';
import { contradictionSentence } from '../output/evidence-table.ts';
import { styleFor } from '../output/style.ts';
import type { Style } from '../output/style.ts';
import type { World } from '../world.ts';

interface VerifyFlags extends JsonFlag {
  readonly cluster: string;
}

const EXAMPLES = `
Needs no running node. A line for each piece, what it proves or why it does not. Exit code 0 where
all hold; else that of the first that does not: 3 it cannot be read, 9 it is of another cluster,
13 it proves nothing.

Examples:
  $ tangaroa evidence verify node3.jsonl
  $ tangaroa evidence verify - --cluster genesis.json < node3.jsonl
  $ tangaroa evidence verify node3.jsonl --json | jq -r 'select(.ok) | .culprit'
`;

/** A file that is no evidence at all has as many of these as it has lines. */
const UNREADABLE_SHOWN = 5;

const VERDICTS = {
  unreadable: 'cannot be read',
  'other-cluster': 'is not judged',
  'not-proven': 'DOES NOT HOLD',
} as const;

function lineText({ number, verdict }: EvidenceFileLine, style: Style): string {
  if (!verdict.ok)
    return `line ${number}  ${style('bad', VERDICTS[verdict.fault])}: ${verdict.reason}\n`;
  const { evidence } = verdict;
  return `line ${number}  ${style('good', 'holds')}: ${shortId(evidence.id)} ${contradictionSentence(evidence)}\n`;
}

function lineJson({ number, verdict }: EvidenceFileLine): string {
  if (!verdict.ok) {
    const { fault, reason } = verdict;
    return `${toJson({ line: number, ok: false, fault, reason })}\n`;
  }
  const { id, culprit, epoch, term, kind, index } = verdict.evidence;
  const numbers = { epoch: String(epoch), term: String(term), kind, index: String(index) };
  return `${toJson({ line: number, ok: true, id, culprit, ...numbers })}\n`;
}

async function verify(world: World, file: string, flags: VerifyFlags): Promise<void> {
  const { genesis } = await findCluster(flags.cluster, world.cwd);
  const style = styleFor(world.out, world.env);
  let exit: ExitName = 'ok';
  let [lines, holding, unreadable] = [0, 0, 0];
  for await (const line of verifyFile(file, genesis, world)) {
    lines++;
    if (line.verdict.ok) holding++;
    else if (exit === 'ok') exit = FAULT_EXITS[line.verdict.fault];
    const isUnreadable = !line.verdict.ok && line.verdict.fault === 'unreadable';
    if (isUnreadable) unreadable++;
    if (flags.json === true) await world.out.write(lineJson(line));
    else if (!isUnreadable || unreadable <= UNREADABLE_SHOWN)
      await world.out.write(lineText(line, style));
  }
  if (flags.json !== true && unreadable > UNREADABLE_SHOWN)
    await world.err.write(
      `${unreadable - UNREADABLE_SHOWN} more lines cannot be read: is this a file that export wrote?\n`,
    );
  if (flags.json !== true)
    await world.err.write(
      `lines that hold: ${holding} of ${lines}, under the keys of ${genesis.document.name}, cluster ${shortId(genesis.clusterId)}…\n`,
    );
  if (exit !== 'ok') throw new QuietExit(exit);
}

export function addVerify(evidence: Command, world: World): void {
  jsonFlag(
    clusterFlag(
      evidence
        .command('verify')
        .summary('whether a file of evidence proves what it says')
        .description('Verifies a file against a genesis document alone: no node is asked.')
        .argument('<file>', 'a file that export wrote; - is standard input'),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: VerifyFlags) => verify(world, file, flags));
}
