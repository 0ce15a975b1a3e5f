/** All targets. What records traffic, listens or writes files does so when it is first fed. */
import type { Target } from './target.ts';
import { DOCUMENT_TARGETS } from './targets/documents.ts';
import { FRAME_TARGETS } from './targets/frames.ts';
import { HOST_TARGETS } from './targets/host.ts';
import { LINK_TARGETS } from './targets/links.ts';
import { STORE_TARGETS } from './targets/store.ts';
import { CLIENT_TARGETS } from './targets/client.ts';
import { CLUSTER_TARGETS } from './targets/cluster.ts';
import { HANDSHAKE_TARGETS } from './targets/handshake.ts';
import { INSIDE_TARGETS } from './targets/inside.ts';
import { LEVEL_TARGETS } from './targets/level.ts';

export const TARGETS: readonly Target[] = [
  ...FRAME_TARGETS,
  ...HANDSHAKE_TARGETS,
  ...INSIDE_TARGETS,
  ...DOCUMENT_TARGETS,
  ...LEVEL_TARGETS,
  ...STORE_TARGETS,
  ...HOST_TARGETS,
  ...LINK_TARGETS,
  ...CLIENT_TARGETS,
  ...CLUSTER_TARGETS,
].map((make) => make());

export function targetNamed(name: string): Target | null {
  return TARGETS.find((target) => target.name === name) ?? null;
}
