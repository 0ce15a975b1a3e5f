/** `tangaroa status`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { QuietExit } from '../cli-error.ts';
import { withClient } from '../cluster/session.ts';
import type { Session } from '../cluster/session.ts';
import { viewCluster } from '../cluster/status-view.ts';
import type { ClusterView } from '../cluster/status-view.ts';
import { clientFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { parseDuration } from '../input/values.ts';
import { statusSentences, statusTable } from '../output/status-table.ts';
import { styleFor } from '../output/style.ts';
import { toJson } from '../output/encode.ts';
import type { World } from '../world.ts';

const STATUS_TIMEOUT_MS = 2_000;
const WATCH_MS = 1_000;

interface StatusFlags extends ClientFlags {
  readonly watch?: number | true;
}

const EXAMPLES = `
Each line is that node's own word. Exit code 6 where no quorum answers, 10 where nodes at the same
index differ.

Examples:
  $ tangaroa status
  $ tangaroa status --watch
  $ tangaroa status --json | jq -r '.nodes[] | select(.role == "leader") | .id'
`;

/** Asks every node. */
export async function askStatus(session: Session, world: World): Promise<ClusterView> {
  const { client, cluster } = session;
  const reports = await client.statusAll({ signal: world.stop });
  const { document, configuration } = cluster.genesis;
  return viewCluster(document, configuration.sets, reports);
}

/** Indexes, terms and epochs are 64-bit numbers, so strings. */
export function statusJson(cluster: ClusterView): Readonly<Record<string, unknown>> {
  return {
    protocol: cluster.protocol,
    quorum: cluster.hasQuorum,
    leader: cluster.leader,
    committed: String(cluster.committed),
    diverged: cluster.diverged,
    nodes: cluster.nodes.map(({ id, address, view, reason, lag, lastHeardAgoMs }) => ({
      id,
      address,
      reachable: view !== null,
      ...(reason === null ? {} : { reason }),
      lastHeardAgoMs,
      ...(view === null
        ? {}
        : {
            role: view.role,
            epoch: String(view.epoch),
            term: String(view.term),
            leader: view.leader,
            accepted: String(view.accepted),
            prepared: String(view.prepared),
            committed: String(view.committed),
            applied: String(view.applied),
            lag: String(lag),
            stateDigest: view.stateDigest,
            links: view.links,
            pending: view.pending,
            culprits: view.culprits,
            evidence: view.evidence.length,
            suspicions: view.suspicions.map((suspicion) => ({
              ...suspicion,
              wanted: String(suspicion.wanted),
            })),
          }),
    })),
  };
}

async function show(world: World, cluster: ClusterView, isJson: boolean): Promise<void> {
  if (isJson) return world.out.write(`${toJson(statusJson(cluster))}\n`);
  await world.out.write(statusTable(cluster, styleFor(world.out, world.env)));
  const sentences = statusSentences(cluster).map((sentence) => `${sentence}\n`);
  await world.err.write(sentences.join(''));
}

async function watch(world: World, session: Session, flags: StatusFlags): Promise<void> {
  const everyMs = typeof flags.watch === 'number' ? flags.watch : WATCH_MS;
  while (!world.stop.aborted) {
    const cluster = await askStatus(session, world);
    if (world.stop.aborted) return;
    if (world.out.isTerminal && flags.json !== true) await world.out.write('\u001b[H\u001b[2J');
    await show(world, cluster, flags.json === true);
    // Ends early, and well, when the command is told to stop.
    await sleep(everyMs, undefined, { signal: world.stop }).catch(() => undefined);
  }
}

async function status(world: World, flags: StatusFlags): Promise<void> {
  await withClient(world, flags, 'local', async (session) => {
    if (flags.watch !== undefined) return watch(world, session, flags);
    const cluster = await askStatus(session, world);
    await show(world, cluster, flags.json === true);
    if (cluster.diverged.length > 0) throw new QuietExit('diverged');
    if (!cluster.hasQuorum) throw new QuietExit('unavailable');
  });
}

export function addStatus(program: Command, world: World): void {
  clientFlags(
    program
      .command('status')
      .summary('show what every node says of itself')
      .description(
        'Shows roles, terms, indexes, links and state digests of all nodes; who lags, who is missing.',
      )
      .addOption(
        new Option('-w, --watch [duration]', 'again and again (default: every 1s)').argParser(
          parseDuration,
        ),
      ),
    STATUS_TIMEOUT_MS,
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: StatusFlags) => status(world, flags));
}
