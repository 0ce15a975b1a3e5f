/**
 * V1, V4: the evidence that the nodes of a cluster hold. Who holds what is each node's own word; what is shown as proven
 * was verified here, so a lying node can neither show false evidence nor hide what another one shows.
 */
import { limits } from '../base/limits.ts';
import type { EvidenceId } from '../consensus/model/evidence.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { EvidenceFetch, holderOf } from './evidence-fetch.ts';
import type { Holder } from './evidence-fetch.ts';
import type { EvidenceChecker, ProvenEvidence } from './evidence-proof.ts';
import type { CallOptions } from './ports.ts';
import type { Reads } from './reads.ts';
import type { NodeReport } from './status.ts';

/** Proven evidence, and the nodes that say they hold it. */
export interface HeldEvidence extends ProvenEvidence {
  readonly heldBy: readonly NodeId[];
}

/** What a node named as evidence and could not prove. It says something of that node alone. */
export interface UnprovenEvidence {
  readonly node: NodeId;
  /** Null where what it named is no id. */
  readonly id: EvidenceId | null;
  readonly reason: string;
}

export interface EvidenceReport {
  /** Whether nodes of this cluster sign what they say: where they do not, as in plain Raft, there is no evidence. */
  readonly signs: boolean;
  /** By culprit, epoch, term and index. */
  readonly proven: readonly HeldEvidence[];
  readonly unproven: readonly UnprovenEvidence[];
  /** What each node says of itself, suspicions too; or why it does not answer. */
  readonly nodes: readonly NodeReport[];
}

export interface EvidenceReaderDeps {
  readonly checker: EvidenceChecker;
  readonly ask: Reads['ask'];
}

const ID = /^[0-9a-f]{64}$/u;

interface Claims {
  readonly holders: Map<EvidenceId, Holder[]>;
  readonly unproven: UnprovenEvidence[];
}

export class EvidenceReader {
  readonly #deps: EvidenceReaderDeps;
  /** What was verified stays so; kept is what a node named when they were asked last. */
  readonly #proven = new Map<EvidenceId, ProvenEvidence>();

  constructor(deps: EvidenceReaderDeps) {
    this.#deps = deps;
  }

  /** Fetches and verifies what `nodes` name and was not verified before. */
  async gather(nodes: readonly NodeReport[], options: CallOptions): Promise<EvidenceReport> {
    const { signs } = this.#deps.checker;
    const claims = claimsIn(nodes);
    const { holders, unproven } = claims;
    const ids = [...holders.keys()];
    for (const id of this.#proven.keys()) if (!holders.has(id)) this.#proven.delete(id);
    if (signs) await this.#fetch(claims, options);
    const proven = ids.flatMap((id) => {
      const evidence = this.#proven.get(id);
      if (evidence === undefined) return [];
      const refuted = unproven.filter((claim) => claim.id === id).map(({ node }) => node);
      const named = (holders.get(id) ?? []).map(({ node }) => node);
      const heldBy = named.filter((node) => !refuted.includes(node));
      return [{ ...evidence, heldBy }];
    });
    return { signs, proven: proven.sort(compareEvidence), unproven, nodes };
  }

  async #fetch({ holders, unproven }: Claims, options: CallOptions): Promise<void> {
    const proven = this.#proven;
    const named = new Map([...holders].filter(([id]) => !proven.has(id)));
    const refute = ({ node }: Holder, id: EvidenceId, reason: string): void =>
      void unproven.push({ node, id, reason });
    await new EvidenceFetch(named, options, { ...this.#deps, proven, refute }).run();
  }
}

/** Who names which ids. A node that names more than any holds is heard as far as that. */
function claimsIn(nodes: readonly NodeReport[]): Claims {
  const holders: Claims['holders'] = new Map();
  const unproven: UnprovenEvidence[] = [];
  const namedMax = limits.evidencePerCulpritMax * nodes.length;
  for (const report of nodes) {
    if (!report.ok) continue;
    const { node } = report;
    const holder = holderOf(node);
    const named = namedIn(report.status.report);
    if (named.length > namedMax) {
      const reason = `it names ${named.length} pieces of evidence, where no node keeps more than ${namedMax}`;
      unproven.push({ node, id: null, reason });
    }
    for (const id of new Set(named.slice(0, namedMax)))
      if (typeof id !== 'string' || !ID.test(id))
        unproven.push({ node, id: null, reason: 'it names evidence without an id' });
      else holders.set(id as EvidenceId, [...(holders.get(id as EvidenceId) ?? []), holder]);
  }
  return { holders, unproven };
}

function namedIn(report: Readonly<Record<string, unknown>>): readonly unknown[] {
  const core = fieldsOf(report['core']);
  const { evidence } = core;
  return Array.isArray(evidence) ? evidence.map((item) => fieldsOf(item)['id']) : [];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function compareEvidence(a: ProvenEvidence, b: ProvenEvidence): number {
  if (a.culprit !== b.culprit) return a.culprit < b.culprit ? -1 : 1;
  const order = a.epoch - b.epoch || a.term - b.term || a.index - b.index;
  return order === 0 ? (a.id < b.id ? -1 : 1) : order;
}
