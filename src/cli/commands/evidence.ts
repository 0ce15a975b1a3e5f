/** `tangaroa evidence list|show|verify|export|watch`. */
import type { Command } from 'commander';
import { QuietExit } from '../cli-error.ts';
import { askEvidence } from '../cluster/evidence-ask.ts';
import { withClient } from '../cluster/session.ts';
import { clientFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { toJson } from '../output/encode.ts';
import { listJson } from '../output/evidence-json.ts';
import { evidenceTables } from '../output/evidence-table.ts';
import { styleFor } from '../output/style.ts';
import type { World } from '../world.ts';
import { addExport } from './evidence-export.ts';
import { addShow } from './evidence-show.ts';
import { addVerify } from './evidence-verify.ts';
import { addWatch } from './evidence-watch.ts';
import { EVIDENCE_TIMEOUT_MS, tellMissing } from './evidence-common.ts';

const EXAMPLES = `
Examples:
  $ tangaroa evidence list
  $ tangaroa evidence show 8f3a90c2 --explain
  $ tangaroa evidence export --output node3.jsonl     # for whoever has the genesis document
  $ tangaroa evidence verify node3.jsonl --cluster genesis.json
  $ tangaroa evidence watch --json
`;

const LIST_EXAMPLES = `
What stands under PROOF was fetched and verified by this command; who holds it is each node's word.
Ids may be shortened as long as no other begins alike. Exit code 6 where no node answers.

Examples:
  $ tangaroa evidence list
  $ tangaroa evidence list --json | jq -r '.evidence[].culprit' | sort | uniq -c
`;

async function list(world: World, flags: ClientFlags): Promise<void> {
  await withClient(world, flags, 'local', async (session) => {
    const view = await askEvidence(session, { timeoutMs: flags.timeout, signal: world.stop });
    const text =
      flags.json === true
        ? `${toJson(listJson(view))}\n`
        : evidenceTables(view, styleFor(world.out, world.env));
    await world.out.write(text);
    await tellMissing(view, world);
    if (view.answering === 0) throw new QuietExit('unavailable');
  });
}

export function addEvidence(program: Command, world: World): void {
  const evidence = program
    .command('evidence')
    .summary('proof that a node broke the protocol')
    .description(
      'Shows, exports and verifies evidence: two statements under one key that no honest node makes (V1 in docs/protocol.md, docs/evidence.md).',
    )
    .addHelpText('after', EXAMPLES);
  clientFlags(
    evidence
      .command('list')
      .summary('all evidence that the nodes hold, and what is only suspected')
      .description('Asks every node; lists what is proven, and below what is only said.'),
    EVIDENCE_TIMEOUT_MS,
  )
    .addHelpText('after', LIST_EXAMPLES)
    .action((flags: ClientFlags) => list(world, flags));
  addShow(evidence, world);
  addVerify(evidence, world);
  addExport(evidence, world);
  addWatch(evidence, world);
}
