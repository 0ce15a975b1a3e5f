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

/** The answer, or null to a query of the state. */
export function answerOwn(
  query: Uint8Array,
  status: () => HostStatus,
  context: WireContext,
): Uint8Array | null {
  switch (query[0]) {
    case STATUS_QUERY:
      return utf8(statusJson(status(), context));
    case EVIDENCE_QUERY: {
      const id = decodeEvidenceQuery(query);
      const held = id.ok ? evidenceOf(status().core.evidence, id.value, context) : null;
      return encodeEvidenceAnswer(held);
    }
    default:
      return null;
  }
}

function evidenceOf(
  all: readonly EvidenceBody[],
  id: EvidenceId,
  { clusterId, digest }: WireContext,
): EvidenceBody | null {
  return all.find((body) => evidenceId(clusterId, subjectOf(body), digest) === id) ?? null;
}
