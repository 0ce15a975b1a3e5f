/** Leadership transfer (dissertation, 3.10): the most caught-up follower is brought level, then told to campaign. */
import type { NodeId } from '../model/ids.ts';
import type { Progress } from './progress.ts';
import type { State } from './state.ts';
import { report, send } from '../effects.ts';

/** The operator wants this node to stop: it hands over what it leads. */
export function resign(s: State): void {
  const { role } = s;
  if (role.type !== 'leader' || role.transfer !== null) return;
  const to = mostCaughtUp(role.followers, s.now.monotonicMs - electionTimeout(s));
  if (to === null) return;
  role.transfer = { to, sinceMs: s.now.monotonicMs, isAsked: false };
}

function electionTimeout(s: State): number {
  return s.configuration.parameters.electionTimeoutMs;
}

/** Of those that were heard since. */
function mostCaughtUp(followers: ReadonlyMap<NodeId, Progress>, sinceMs: number): NodeId | null {
  let best: { readonly peer: NodeId; readonly match: number } | null = null;
  for (const [peer, { match, heardAtMs }] of followers)
    if (heardAtMs > sinceMs && match > (best?.match ?? -1)) best = { peer, match };
  return best?.peer ?? null;
}

export function pursueTransfer(s: State): void {
  const { role } = s;
  if (role.type !== 'leader' || role.transfer === null || role.transfer.isAsked) return;
  const { to } = role.transfer;
  const progress = role.followers.get(to);
  if (progress === undefined || progress.match < s.log.last.index) return;
  role.transfer.isAsked = true;
  send(s, to, { kind: 'transfer-leadership', term: s.term });
}

/** "If leadership transfer does not complete after about an election timeout, the prior leader aborts the transfer." */
export function watchTransfer(s: State): void {
  const { role } = s;
  if (role.type !== 'leader' || role.transfer === null) return;
  if (s.now.monotonicMs - role.transfer.sinceMs < electionTimeout(s)) return;
  const { to } = role.transfer;
  report(s, 'warn', 'transfer-failed', `${to} did not take over term ${s.term}`, { to });
  role.transfer = null;
}
