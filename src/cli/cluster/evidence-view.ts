/** Proof and suspicion, told apart: what was verified here, and what nodes only say of each other. */
import { limits } from '../../base/limits.ts';
import { shown } from '../../base/text.ts';
import type { EvidenceReport, HeldEvidence, UnprovenEvidence } from '../../client/evidence.ts';
import type { ClusterView, NodeLine } from './status-view.ts';

/** One word about a node. It may be wrong, and it may be a lie. */
export type Suspicion =
  /** S1: a voter signed that it wants a later term. */
  | {
      readonly type: 'wants-term';
      readonly about: string;
      readonly wanted: number;
      readonly reason: string;
      readonly by: readonly string[];
    }
  /** Other nodes have no link to it, or hear nothing over it; `lastHeardAgoMs` null: never. */
  | {
      readonly type: 'silent';
      readonly about: string;
      readonly lastHeardAgoMs: number | null;
      readonly by: readonly string[];
    }
  /** By its own word, against the highest commit index that a node names. */
  | {
      readonly type: 'lags';
      readonly about: string;
      readonly entries: number;
      readonly by: readonly string[];
    }
  /** It does not answer this client. */
  | {
      readonly type: 'unreachable';
      readonly about: string;
      readonly reason: string;
      readonly by: readonly string[];
    };

export interface EvidenceView {
  /** Whether nodes of this cluster sign what they say: otherwise there is no evidence. */
  readonly signs: boolean;
  readonly proven: readonly HeldEvidence[];
  readonly unproven: readonly UnprovenEvidence[];
  readonly suspicions: readonly Suspicion[];
  /** V2: nodes that have another state than others at the same index. */
  readonly diverged: readonly string[];
  readonly nodes: number;
  readonly answering: number;
}

export function viewEvidence(report: EvidenceReport, cluster: ClusterView): EvidenceView {
  const { signs, proven, unproven } = report;
  return {
    signs,
    proven,
    unproven,
    suspicions: [
      ...wishes(cluster.nodes),
      ...cluster.nodes.flatMap((line) => silence(line, cluster.nodes)),
      ...cluster.nodes.flatMap(lagging),
      ...cluster.nodes.flatMap(unreachable),
    ],
    diverged: cluster.diverged,
    nodes: cluster.nodes.length,
    answering: cluster.nodes.filter((line) => line.view !== null).length,
  };
}

/** The highest term that each voter wants, with those who tell of it. */
function wishes(lines: readonly NodeLine[]): readonly Suspicion[] {
  const told = lines.flatMap(({ id, view }) =>
    (view?.suspicions ?? []).map((suspicion) => ({ ...suspicion, teller: id })),
  );
  const voters = [...new Set(told.map(({ voter }) => voter))].sort();
  return voters.flatMap((voter) => {
    const own = told.filter((each) => each.voter === voter);
    const wanted = Math.max(...own.map((each) => each.wanted));
    const newest = own.filter((each) => each.wanted === wanted);
    const [first] = newest;
    if (first === undefined) return [];
    const by = newest.map(({ teller }) => teller);
    return [{ type: 'wants-term', about: voter, wanted, reason: first.reason, by } as const];
  });
}

function silence({ id }: NodeLine, lines: readonly NodeLine[]): readonly Suspicion[] {
  const heard = lines.flatMap((line) =>
    (line.view?.links ?? [])
      .filter(({ peer, connected, lastHeardAgoMs }) => {
        const isQuiet = lastHeardAgoMs === null || lastHeardAgoMs > limits.peerSilenceMs;
        return peer === id && (!connected || isQuiet);
      })
      .map(({ lastHeardAgoMs }) => ({ by: line.id, lastHeardAgoMs })),
  );
  if (heard.length === 0) return [];
  const ages = heard.flatMap(({ lastHeardAgoMs }) => lastHeardAgoMs ?? []);
  const lastHeardAgoMs = ages.length === 0 ? null : Math.min(...ages);
  return [{ type: 'silent', about: id, lastHeardAgoMs, by: heard.map(({ by }) => by) }];
}

function lagging({ id, lag }: NodeLine): readonly Suspicion[] {
  return lag === 0 ? [] : [{ type: 'lags', about: id, entries: lag, by: [id] }];
}

function unreachable({ id, reason }: NodeLine): readonly Suspicion[] {
  return reason === null ? [] : [{ type: 'unreachable', about: id, reason: shown(reason), by: [] }];
}
