/** `tangaroa evidence watch`: each piece once, as it appears. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { limits } from '../../base/limits.ts';
import { TangaroaError } from '../../client/errors.ts';
import type { HeldEvidence } from '../../client/evidence.ts';
import { askEvidence } from '../cluster/evidence-ask.ts';
import { shortId } from '../cluster/evidence-pick.ts';
import type { EvidenceView } from '../cluster/evidence-view.ts';
import { withClient } from '../cluster/session.ts';
import { clientFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { parseDuration } from '../input/values.ts';
import { toJson } from '../output/encode.ts';
import { heldJson } from '../output/evidence-json.ts';
import { contradictionSentence } from '../output/evidence-table.ts';
import type { World } from '../world.ts';
import { demandAnswers, EVIDENCE_TIMEOUT_MS } from './evidence-common.ts';

const WATCH_MS = 1_000;

interface WatchFlags extends ClientFlags {
  readonly every: number;
}

const EXAMPLES = `
What is there already comes first. Nodes that do not answer are told of on standard error, and asked
again. Ctrl-C ends it, with exit code 0.

Examples:
  $ tangaroa evidence watch
  $ tangaroa evidence watch --json | while read -r line; do page-somebody "$line"; done
`;

/**
 * What was said already, so that nothing is said twice. Bounded, as a traitor may contradict itself without end and name
 * what it likes: of one culprit no more is told than honest nodes keep, of a node that proves nothing its first lie.
 */
export class EvidenceNews {
  readonly #told = new Map<string, Set<string>>();
  readonly #refuted = new Set<string>();
  #answering: number | null = null;

  /** Lines for standard output and for standard error. */
  tell(view: EvidenceView, isJson: boolean): { readonly out: string; readonly err: string } {
    const fresh = view.proven.filter((evidence) => this.#isNews(evidence, view.nodes));
    const out = fresh.map((evidence) =>
      isJson
        ? toJson(heldJson(evidence))
        : `${shortId(evidence.id)}  ${contradictionSentence(evidence)} (held by ${evidence.heldBy.join(', ')})`,
    );
    return { out: linesOf(out), err: linesOf([...this.#reach(view), ...this.#lies(view)]) };
  }

  #isNews({ culprit, id }: HeldEvidence, nodes: number): boolean {
    const told = this.#told.get(culprit) ?? new Set<string>();
    this.#told.set(culprit, told);
    if (told.has(id) || told.size >= nodes * limits.evidencePerCulpritMax) return false;
    told.add(id);
    return true;
  }

  #lies({ unproven }: EvidenceView): readonly string[] {
    return unproven.flatMap(({ node, id, reason }) => {
      if (this.#refuted.has(node)) return [];
      this.#refuted.add(node);
      const what = id === null ? '' : ` ${shortId(id)}`;
      return [`${node} names evidence${what} that is not proven: ${reason}`];
    });
  }

  #reach({ answering, nodes, suspicions }: EvidenceView): readonly string[] {
    const before = this.#answering ?? nodes;
    this.#answering = answering;
    if (answering === before) return [];
    const others = suspicions.flatMap((suspicion) =>
      suspicion.type === 'unreachable' ? [`${suspicion.about} (${suspicion.reason})`] : [],
    );
    const but = others.length === 0 ? '' : `, not ${others.join(', ')}`;
    return [`${answering} of ${nodes} nodes answer${but}`];
  }
}

function linesOf(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

async function watch(world: World, flags: WatchFlags): Promise<void> {
  await withClient(world, flags, 'local', async (session) => {
    const news = new EvidenceNews();
    for (let isFirst = true; ; isFirst = false) {
      const options = { timeoutMs: flags.timeout, signal: world.stop };
      const view = await askEvidence(session, options).catch(stopped);
      if (view === null || world.stop.aborted) return;
      if (isFirst && !view.signs) demandAnswers(view);
      const { out, err } = news.tell(view, flags.json === true);
      if (err !== '') await world.err.write(err);
      if (out !== '') await world.out.write(out);
      // Ends early, and well, when the command is told to stop.
      await sleep(flags.every, undefined, { signal: world.stop }).catch(() => undefined);
    }
  });
}

/** Null where the command was told to stop while it asked. */
function stopped(error: unknown): null {
  if (error instanceof TangaroaError && error.code === 'aborted') return null;
  throw error;
}

export function addWatch(evidence: Command, world: World): void {
  clientFlags(
    evidence
      .command('watch')
      .summary('print evidence as it appears')
      .description('Asks again and again, and prints each piece of evidence once.')
      .addOption(
        new Option('--every <duration>', 'how often to ask')
          .argParser(parseDuration)
          .default(WATCH_MS, '1s'),
      ),
    EVIDENCE_TIMEOUT_MS,
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: WatchFlags) => watch(world, flags));
}
