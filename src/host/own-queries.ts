/** Queries that the host answers itself, of any client: about the node, not about the replicated state. */
import { utf8 } from '../base/bytes.ts';
import type { EvidenceId } from '../consensus/model/evidence.ts';
import { evidenceId, subjectOf } from '../consensus/model/evidence.ts';
import type { EvidenceBody } from '../consensus/model/message.ts';
import type { WireContext } from '../wire/context.ts';
import { decodeEvidenceQuery, encodeEvidenceAnswer, EVIDENCE_QUERY } from '../wire/evidence.ts';
import type { HostStatus } from './status.ts';
import { statusJson } from './status.ts';

/** First byte of the query for what the node says of itself. */
const STATUS_QUERY = 0xff;

/** Whether the host answers it: any other query is of the state. */
export function isOwn(query: Uint8Array): boolean {
  return query[0] === STATUS_QUERY || query[0] === EVIDENCE_QUERY;
}

/** To a query that `isOwn`. */
export function answerOwn(
  query: Uint8Array,
  status: () => HostStatus,
  context: WireContext,
): Uint8Array {
  if (query[0] === STATUS_QUERY) return utf8(statusJson(status(), context));
  const id = decodeEvidenceQuery(query);
  const held = id.ok ? evidenceOf(status().core.evidence, id.value, context) : null;
  return encodeEvidenceAnswer(held);
}

function evidenceOf(
  all: readonly EvidenceBody[],
  id: EvidenceId,
  { clusterId, digest }: WireContext,
): EvidenceBody | null {
  return all.find((body) => evidenceId(clusterId, subjectOf(body), digest) === id) ?? null;
}
