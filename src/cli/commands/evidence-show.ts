/** `tangaroa evidence show`. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { HeldEvidence } from '../../client/evidence.ts';
import type { ProvenEvidence } from '../../client/evidence-proof.ts';
import { CliError } from '../cli-error.ts';
import { askEvidence } from '../cluster/evidence-ask.ts';
import { FAULT_EXITS, verifyFile } from '../cluster/evidence-file.ts';
import { pickEvidence } from '../cluster/evidence-pick.ts';
import { findCluster } from '../cluster/files.ts';
import { withClient } from '../cluster/session.ts';
import { clientFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { toJson } from '../output/encode.ts';
import { explainEvidence } from '../output/evidence-explain.ts';
import { evidenceJson } from '../output/evidence-json.ts';
import { contradictionSentence } from '../output/evidence-table.ts';
import { styleFor } from '../output/style.ts';
import type { World } from '../world.ts';
import { demandAnswers, EVIDENCE_TIMEOUT_MS, tellMissing } from './evidence-common.ts';

interface ShowFlags extends ClientFlags {
  readonly explain?: boolean;
  readonly file?: string;
}

const EXAMPLES = `
An id may be shortened as long as no other begins alike, and left out where there is only one.
--json always holds both statements whole.

Examples:
  $ tangaroa evidence show 8f3a90c2
  $ tangaroa evidence show 8f3a90c2 --explain
  $ tangaroa evidence show --file node3.jsonl --explain --cluster genesis.json
`;

function summary(evidence: ProvenEvidence, heldBy: readonly string[] | null): string {
  const { id, culprit, epoch, term, kind, index, hashes } = evidence;
  const fields: Readonly<Record<string, string>> = {
    id,
    culprit,
    'epoch, term': `${epoch}, ${term}`,
    statements: kind,
    index: String(index),
    'first hash': hashes[0],
    'second hash': hashes[1],
    ...(heldBy === null ? {} : { 'held by': heldBy.join(', ') }),
  };
  const lines = Object.entries(fields).map(
    ([name, value]) => `${`${name}:`.padEnd(13)} ${value}\n`,
  );
  return `${contradictionSentence(evidence)}\n\n${lines.join('')}`;
}

async function print(
  world: World,
  flags: ShowFlags,
  evidence: ProvenEvidence,
  heldBy: readonly string[] | null,
): Promise<void> {
  if (flags.json === true) return world.out.write(`${toJson(evidenceJson(evidence, heldBy))}\n`);
  if (flags.explain !== true) return world.out.write(summary(evidence, heldBy));
  const held = heldBy === null ? '' : `\nHeld by ${heldBy.join(', ')}, by their own word.\n`;
  await world.out.write(explainEvidence(evidence, styleFor(world.out, world.env)) + held);
}

/** Of a file only what holds is shown; a line that does not is an error, even beside others. */
async function fromFile(world: World, flags: ShowFlags, name: string): Promise<ProvenEvidence[]> {
  const { genesis } = await findCluster(flags.cluster, world.cwd);
  const all: ProvenEvidence[] = [];
  for await (const { number, verdict } of verifyFile(name, genesis, world)) {
    if (!verdict.ok)
      throw new CliError(FAULT_EXITS[verdict.fault], `${name}:${number}: ${verdict.reason}`, {
        code: verdict.fault,
        hint: 'nothing is shown that was not verified',
      });
    all.push(verdict.evidence);
  }
  return all;
}

async function fromCluster(
  world: World,
  flags: ShowFlags,
  id: string | undefined,
): Promise<HeldEvidence> {
  return withClient(world, flags, 'local', async (session) => {
    const view = await askEvidence(session, { timeoutMs: flags.timeout, signal: world.stop });
    demandAnswers(view);
    await tellMissing(view, world);
    return pickEvidence(view.proven, id, 'the cluster');
  });
}

async function show(world: World, id: string | undefined, flags: ShowFlags): Promise<void> {
  if (flags.file === undefined) {
    const evidence = await fromCluster(world, flags, id);
    return print(world, flags, evidence, evidence.heldBy);
  }
  const all = await fromFile(world, flags, flags.file);
  await print(world, flags, pickEvidence(all, id, flags.file), null);
}

export function addShow(evidence: Command, world: World): void {
  clientFlags(
    evidence
      .command('show')
      .summary('one piece of evidence, and why it is one')
      .description('Shows one piece of evidence, verified: of the cluster, or of a file.')
      .argument('[id]', 'the id, or its beginning')
      .option('--explain', 'both statements side by side, what differs, and which rule forbids it')
      .addOption(new Option('-f, --file <file>', 'take it from a file; - is standard input')),
    EVIDENCE_TIMEOUT_MS,
  )
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: ShowFlags) => show(world, id, flags));
}
