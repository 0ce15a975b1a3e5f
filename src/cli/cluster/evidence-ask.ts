/** Asks every node of a session's cluster for its evidence. */
import type { CallOptions } from '../../client/ports.ts';
import { viewEvidence } from './evidence-view.ts';
import type { EvidenceView } from './evidence-view.ts';
import type { Session } from './session.ts';
import { viewCluster } from './status-view.ts';

export async function askEvidence(
  { client, cluster }: Session,
  options: CallOptions,
): Promise<EvidenceView> {
  const report = await client.evidence(options);
  const { document, configuration } = cluster.genesis;
  return viewEvidence(report, viewCluster(document, configuration.sets, report.nodes));
}
