/** `tangaroa evidence export`. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { HeldEvidence } from '../../client/evidence.ts';
import { systemError } from '../cli-error.ts';
import { askEvidence } from '../cluster/evidence-ask.ts';
import { pickEvidence } from '../cluster/evidence-pick.ts';
import { withClient } from '../cluster/session.ts';
import { clientFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { toJson } from '../output/encode.ts';
import { grouped } from '../output/numbers.ts';
import type { World } from '../world.ts';
import { demandAnswers, EVIDENCE_TIMEOUT_MS, tellMissing } from './evidence-common.ts';

interface ExportFlags extends ClientFlags {
  readonly output?: string;
}

const EXAMPLES = `
One JSON object a line (docs/evidence.md). What was written proves itself to anybody who has the
genesis document: tangaroa evidence verify. Without an id, all evidence.

Examples:
  $ tangaroa evidence export > evidence.jsonl
  $ tangaroa evidence export 8f3a90c2 --output node3.jsonl
`;

async function writeTo(world: World, file: string, text: string): Promise<void> {
  try {
    await writeFile(path.resolve(world.cwd, file), text, { flag: 'wx' });
  } catch (error) {
    throw systemError(`write ${file}`, error);
  }
}

async function write(
  world: World,
  flags: ExportFlags,
  chosen: readonly HeldEvidence[],
): Promise<void> {
  const text = chosen.map(({ line }) => `${line}\n`).join('');
  const { output } = flags;
  if (output === undefined) await world.out.write(text);
  // An empty file would be one that does not verify.
  else if (chosen.length > 0) await writeTo(world, output, text);
  const file = output === undefined || chosen.length === 0 ? null : output;
  if (flags.json === true && output !== undefined)
    return world.out.write(`${toJson({ file, pieces: chosen.length })}\n`);
  const pieces = `${grouped(chosen.length)} ${chosen.length === 1 ? 'piece' : 'pieces'} of evidence`;
  await world.err.write(
    chosen.length === 0
      ? 'there is no evidence: nothing was written\n'
      : `exported ${pieces}${file === null ? '' : ` to ${file}`}\n`,
  );
}

async function run(world: World, ids: readonly string[], flags: ExportFlags): Promise<void> {
  await withClient(world, flags, 'local', async (session) => {
    const view = await askEvidence(session, { timeoutMs: flags.timeout, signal: world.stop });
    demandAnswers(view);
    await tellMissing(view, world);
    const chosen = ids.map((id) => pickEvidence(view.proven, id, 'the cluster'));
    await write(world, flags, ids.length === 0 ? view.proven : [...new Set(chosen)]);
  });
}

export function addExport(evidence: Command, world: World): void {
  clientFlags(
    evidence
      .command('export')
      .summary('evidence as a file that proves itself')
      .description('Writes evidence, verified, as lines that anybody can verify again.')
      .argument('[id...]', 'ids, or their beginnings (default: all)')
      .option('-o, --output <file>', 'write a file, which must not exist'),
    EVIDENCE_TIMEOUT_MS,
  )
    .addHelpText('after', EXAMPLES)
    .action((ids: readonly string[], flags: ExportFlags) => run(world, ids, flags));
}
