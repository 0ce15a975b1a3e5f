/**
 * V1, V4: the evidence that the nodes of a cluster hold. Who holds what is each node's own word; what is shown as proven
 * was verified here, so a lying node can neither show false evidence nor hide what another one shows.
 */
import { limits } from '../base/limits.ts';
import { shown } from '../base/text.ts';
import type { EvidenceId } from '../consensus/model/evidence.ts';
import type { NodeId } from '../consensus/model/ids.ts';
import { decodeEvidenceAnswer, encodeEvidenceQuery } from '../wire/evidence.ts';
import { TangaroaError } from './errors.ts';
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
/** Pieces that are asked for at once: half of what one client may ask of a node. */
const ASKED_MAX: number = limits.readsPerClientMax / 4;

interface Claims {
  readonly holders: Map<EvidenceId, NodeId[]>;
  readonly unproven: UnprovenEvidence[];
  /** Who did not prove what it named, and is asked for nothing more this time: each question may take seconds. */
  readonly failed: Set<NodeId>;
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
    for (let at = 0; signs && at < ids.length; at += ASKED_MAX)
      await Promise.all(
        ids.slice(at, at + ASKED_MAX).map((id) => this.#fetch(id, claims, options)),
      );
    const proven = ids.flatMap((id) => {
      const evidence = this.#proven.get(id);
      if (evidence === undefined) return [];
      const refuted = unproven.filter((claim) => claim.id === id).map(({ node }) => node);
      const heldBy = (holders.get(id) ?? []).filter((node) => !refuted.includes(node));
      return [{ ...evidence, heldBy }];
    });
    return { signs, proven: proven.sort(compareEvidence), unproven, nodes };
  }

  /** From one holder after the other until what it serves holds. */
  async #fetch(
    id: EvidenceId,
    { holders, unproven, failed }: Claims,
    options: CallOptions,
  ): Promise<void> {
    const passedOver: NodeId[] = [];
    for (const node of holders.get(id) ?? []) {
      if (this.#proven.has(id)) return;
      if (failed.has(node)) passedOver.push(node);
      else {
        const reason = await this.#fetchFrom(id, node, options);
        if (reason === null) return;
        failed.add(node);
        unproven.push({ node, id, reason });
      }
    }
    const reason = 'it was not asked: it did not prove another one';
    if (!this.#proven.has(id)) unproven.push(...passedOver.map((node) => ({ node, id, reason })));
  }

  /** Null where what the node served holds, else why it does not. */
  async #fetchFrom(id: EvidenceId, node: NodeId, options: CallOptions): Promise<string | null> {
    const { ask, checker } = this.#deps;
    try {
      const { result } = await ask(node, encodeEvidenceQuery(id), options);
      const decoded = decodeEvidenceAnswer(result);
      if (!decoded.ok) return `what it serves is no evidence: ${decoded.reason}`;
      if (decoded.value === null) return 'it names this evidence and does not serve it';
      const verdict = checker.body(decoded.value);
      if (!verdict.ok) return `what it serves does not hold: ${verdict.reason}`;
      if (verdict.evidence.id !== id) return 'what it serves is other evidence than it names';
      this.#proven.set(id, verdict.evidence);
      return null;
    } catch (error) {
      if (!(error instanceof TangaroaError) || error.code === 'aborted' || error.code === 'closed')
        throw error;
      // A refusal's own words may be part of it.
      return `it did not serve it: ${shown(error.message)}`;
    }
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
    const named = namedIn(report.status.report);
    if (named.length > namedMax) {
      const reason = `it names ${named.length} pieces of evidence, where no node keeps more than ${namedMax}`;
      unproven.push({ node, id: null, reason });
    }
    for (const id of new Set(named.slice(0, namedMax)))
      if (typeof id !== 'string' || !ID.test(id))
        unproven.push({ node, id: null, reason: 'it names evidence without an id' });
      else holders.set(id as EvidenceId, [...(holders.get(id as EvidenceId) ?? []), node]);
  }
  return { holders, unproven, failed: new Set() };
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
