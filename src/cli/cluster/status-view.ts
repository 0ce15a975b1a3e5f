/** What the nodes say of themselves, put side by side. Each is one node's word. */
import type { TangaroaError } from '../../client/errors.ts';
import { limits } from '../../base/limits.ts';
import { shown } from '../../base/text.ts';
import type { NodeReport } from '../../client/status.ts';
import type { VoterSets } from '../../consensus/model/configuration.ts';
import { isNodeId } from '../../consensus/model/ids.ts';
import type { NodeId } from '../../consensus/model/ids.ts';
import { isQuorum } from '../../consensus/model/quorum.ts';
import type { GenesisDocument } from '../../wire/genesis.ts';
import { faultsOf } from '../../wire/protocol.ts';
import type { ProtocolName } from '../../wire/protocol.ts';

export interface LinkView {
  readonly peer: string;
  readonly connected: boolean;
  /** Milliseconds since that peer was last heard; null: never. */
  readonly lastHeardAgoMs: number | null;
}

export interface NodeView {
  readonly role: string;
  readonly epoch: number;
  readonly term: number;
  readonly leader: string | null;
  readonly accepted: number;
  readonly prepared: number;
  readonly committed: number;
  readonly applied: number;
  /** Of the state at `applied`. */
  readonly stateDigest: string;
  readonly links: readonly LinkView[];
  /** Client requests that wait to be executed. */
  readonly pending: number;
  /** Nodes that evidence convicts (V1). */
  readonly culprits: readonly string[];
  /** By its own word: `tangaroa evidence` verifies it. */
  readonly evidence: readonly NamedEvidence[];
  /** Voters that want a later term (S1), by their signed word. */
  readonly suspicions: readonly SuspicionView[];
}

export interface NamedEvidence {
  /** Empty where a node of an earlier version does not say. */
  readonly id: string;
  readonly culprit: string;
}

export interface SuspicionView {
  readonly voter: string;
  readonly wanted: number;
  readonly reason: string;
}

export interface NodeLine {
  readonly id: string;
  readonly address: string;
  /** Null where the node did not answer. */
  readonly view: NodeView | null;
  /** Why it did not. */
  readonly reason: string | null;
  /** Entries behind the highest commit index that any node names. */
  readonly lag: number;
  /** Since any other node heard from it, by their word; null: never. */
  readonly lastHeardAgoMs: number | null;
}

export interface ClusterView {
  readonly protocol: ProtocolName;
  readonly nodes: readonly NodeLine[];
  /** The highest commit index that a node names. */
  readonly committed: number;
  readonly hasQuorum: boolean;
  /** The leader in the highest term that a node names. */
  readonly leader: string | null;
  /** Nodes that have another state than others at the same index. */
  readonly diverged: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** 64-bit numbers may come as strings. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}

/** Longer than any word of an honest report: a digest is the longest. */
const WORD_CHARACTERS_MAX = 64;
/** No honest report lists more voters than a joint configuration has, and more evidence than is kept against them. */
const NODES_MAX: number = 2 * limits.votersMax;
const EVIDENCE_MAX: number = NODES_MAX * limits.evidencePerCulpritMax;

/** A liar's words reach a terminal: cut, and nothing that moves the cursor. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? shown(value, WORD_CHARACTERS_MAX) : '';
}

/** The name of a node, or null: nothing else is shown as one. */
function nodeOf(value: unknown): NodeId | null {
  return typeof value === 'string' && isNodeId(value) ? value : null;
}

function indexOf(position: unknown): number {
  return numberOf(fieldsOf(position)['index'] ?? position);
}

/** What can be read of a list, of which no more is looked at than an honest one holds. */
function listOf<T>(value: unknown, most: number, read: (fields: Fields) => T | null): readonly T[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, most).flatMap((item) => read(fieldsOf(item)) ?? []);
}

function suspicionOf({ voter, wanted, reason }: Fields): SuspicionView | null {
  const node = nodeOf(voter);
  return node === null ? null : { voter: node, wanted: numberOf(wanted), reason: textOf(reason) };
}

function linkOf({ peer, connected, lastHeardAgoMs }: Fields): LinkView | null {
  const node = nodeOf(peer);
  if (node === null) return null;
  return {
    peer: node,
    connected: connected === true,
    lastHeardAgoMs: typeof lastHeardAgoMs === 'number' ? lastHeardAgoMs : null,
  };
}

function evidenceOf({ id, culprit }: Fields): NamedEvidence | null {
  const node = nodeOf(culprit);
  return node === null ? null : { id: textOf(id), culprit: node };
}

/** The host's report (`host/status.ts`) as far as it is shown; a node of another version may leave things out. */
export function parseView(report: Fields): NodeView {
  const core = fieldsOf(report['core']);
  const evidence = listOf(core['evidence'], EVIDENCE_MAX, evidenceOf);
  return {
    role: textOf(core['role']),
    epoch: numberOf(core['epoch']),
    term: numberOf(core['term']),
    leader: nodeOf(core['leader']),
    accepted: indexOf(core['accepted']),
    prepared: indexOf(core['prepared']),
    committed: indexOf(core['committed']),
    applied: indexOf(report['applied'] ?? core['applied']),
    stateDigest: textOf(report['stateDigest']),
    links: listOf(report['links'], NODES_MAX, linkOf),
    pending: numberOf(core['pending']),
    culprits: [...new Set(evidence.map(({ culprit }) => culprit))],
    evidence,
    suspicions: listOf(core['suspicions'], NODES_MAX, suspicionOf),
  };
}

function divergedNodes(lines: readonly NodeLine[]): string[] {
  const diverged = new Set<string>();
  for (const a of lines)
    for (const b of lines)
      if (
        a.view !== null &&
        b.view !== null &&
        a.view.applied === b.view.applied &&
        a.view.stateDigest !== b.view.stateDigest
      )
        diverged.add(a.id).add(b.id);
  return [...diverged];
}

function newestLeader(views: readonly NodeView[]): string | null {
  const known = views.filter((view) => view.leader !== null);
  known.sort((a, b) => b.epoch - a.epoch || b.term - a.term);
  const newest = Math.max(...views.map((view) => view.term));
  return known[0]?.term === newest ? known[0].leader : null;
}

function lastHeardOf(id: string, views: readonly NodeView[]): number | null {
  const ages = views
    .flatMap((view) => view.links)
    .filter((link) => link.peer === id && link.lastHeardAgoMs !== null)
    .map((link) => link.lastHeardAgoMs as number);
  return ages.length === 0 ? null : Math.min(...ages);
}

/** Why a node did not answer, without its name. */
function reasonOf(error: TangaroaError): string {
  return error.missing[0]?.reason ?? error.message;
}

export function viewCluster(
  document: GenesisDocument,
  sets: VoterSets,
  reports: readonly NodeReport[],
): ClusterView {
  const byNode = new Map(reports.map((report) => [report.node as string, report]));
  const parsed = new Map<string, NodeView>();
  for (const report of reports)
    if (report.ok) parsed.set(report.node, parseView(report.status.report));
  const views = [...parsed.values()];
  const committed = Math.max(0, ...views.map((view) => view.committed));
  const nodes = document.voters.map(({ id, address }): NodeLine => {
    const report = byNode.get(id);
    const view = parsed.get(id) ?? null;
    const reason = report?.ok === false ? reasonOf(report.error) : null;
    return {
      id,
      address,
      view,
      reason,
      lag: view === null ? 0 : Math.max(0, committed - view.applied),
      lastHeardAgoMs: lastHeardOf(id, views),
    };
  });
  const { protocol } = document;
  const answering = new Set([...parsed.keys()] as NodeId[]);
  return {
    protocol,
    nodes,
    committed,
    hasQuorum: isQuorum(sets, answering, faultsOf(protocol)),
    leader: views.length === 0 ? null : newestLeader(views),
    diverged: divergedNodes(nodes),
  };
}
