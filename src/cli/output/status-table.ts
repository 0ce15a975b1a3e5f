/** The cluster's state for a person: a table, and sentences for what is wrong. */
import type { ClusterView, NodeLine, SuspicionView } from '../cluster/status-view.ts';
import { age, grouped } from './numbers.ts';
import { protocolNotes } from './protocol.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';
import type { Column } from './table.ts';

const DIGEST_CHARACTERS = 12;

const COLUMNS: readonly Column[] = [
  { title: 'node' },
  { title: 'address' },
  { title: 'role' },
  { title: 'epoch', align: 'right' },
  { title: 'term', align: 'right' },
  { title: 'accepted', align: 'right' },
  { title: 'prepared', align: 'right' },
  { title: 'committed', align: 'right' },
  { title: 'applied', align: 'right' },
  { title: 'links', align: 'right' },
  { title: 'last heard', align: 'right' },
  { title: 'state digest' },
];

function rowOf(line: NodeLine, style: Style): readonly string[] {
  const heard = line.lastHeardAgoMs === null ? '-' : `${age(line.lastHeardAgoMs)} ago`;
  const { view } = line;
  if (view === null) {
    const blank = Array.from({ length: 7 }, () => '-');
    return [line.id, line.address, style('bad', 'unreachable'), ...blank, heard, '-'];
  }
  const up = view.links.filter((link) => link.connected).length;
  const links = `${up}/${view.links.length}`;
  return [
    line.id,
    line.address,
    view.role === 'leader' ? style('strong', view.role) : view.role,
    String(view.epoch),
    String(view.term),
    grouped(view.accepted),
    grouped(view.prepared),
    grouped(view.committed),
    grouped(view.applied),
    up < view.links.length ? style('warn', links) : links,
    heard,
    view.stateDigest.slice(0, DIGEST_CHARACTERS),
  ];
}

export function statusTable(cluster: ClusterView, style: Style): string {
  return formatTable(
    COLUMNS,
    cluster.nodes.map((line) => rowOf(line, style)),
    style,
  );
}

/** Each voter's newest suspicion, whoever told of it. */
function suspicionSentences(cluster: ClusterView): readonly string[] {
  const newest = new Map<string, SuspicionView>();
  for (const suspicion of cluster.nodes.flatMap((line) => line.view?.suspicions ?? []))
    if (suspicion.wanted > (newest.get(suspicion.voter)?.wanted ?? 0))
      newest.set(suspicion.voter, suspicion);
  return [...newest.values()].map(
    ({ voter, wanted, reason }) => `${voter} wants term ${wanted}: ${reason}`,
  );
}

/** By culprit: which nodes hold evidence, and how much. */
function evidenceSentences(cluster: ClusterView): readonly string[] {
  const culprits = new Set(cluster.nodes.flatMap((line) => line.view?.culprits ?? []));
  return [...culprits].sort().map((culprit) => {
    const holders = cluster.nodes.flatMap(({ id, view }) => {
      const count = (view?.evidence ?? []).filter((each) => each.culprit === culprit).length;
      return count === 0 ? [] : [`${id} (${count})`];
    });
    const hold = holders.length === 1 ? 'holds' : 'hold';
    return `${holders.join(', ')} ${hold} evidence that ${culprit} signed contradictions: tangaroa evidence list`;
  });
}

/** A sentence each: who leads, who lags and by how much, who cannot be reached and why. */
export function statusSentences(cluster: ClusterView): readonly string[] {
  const sentences: string[] = [];
  const answering = cluster.nodes.filter((line) => line.view !== null).length;
  const who = `${answering} of ${cluster.nodes.length} nodes answer`;
  if (!cluster.hasQuorum) sentences.push(`no quorum: ${who}; nothing can be written`);
  else if (cluster.leader === null) sentences.push(`quorum: ${who}; no leader yet`);
  else sentences.push(`quorum: ${who}; ${cluster.leader} leads`);
  sentences.push(...protocolNotes(cluster.protocol));
  for (const line of cluster.nodes) {
    if (line.reason !== null) sentences.push(`${line.id} cannot be reached: ${line.reason}`);
    if (line.lag > 0 && line.view !== null)
      sentences.push(
        `${line.id} lags ${grouped(line.lag)} log ${line.lag === 1 ? 'entry' : 'entries'} behind: ` +
          `applied ${grouped(line.view.applied)} of ${grouped(cluster.committed)}`,
      );
  }
  sentences.push(...evidenceSentences(cluster));
  sentences.push(...suspicionSentences(cluster));
  if (cluster.diverged.length > 0)
    sentences.push(
      `the state differs at the same index between ${cluster.diverged.join(', ')}: keep their data, and report it`,
    );
  return sentences;
}
