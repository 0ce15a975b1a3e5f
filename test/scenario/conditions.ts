/** What a line can ask of the nodes: for `assert` now, for `until` sooner or later. */
import type { NodeId } from '../../src/consensus/model/ids.ts';
import { samePosition } from '../../src/consensus/model/position.ts';
import type { TestNode } from '../tangaroa/cluster.ts';
import type { Book } from './book.ts';
import type { Selection } from './selection.ts';
import { readSelection, selects } from './selection.ts';
import type { Nodes, TermWord, Words } from './words.ts';
import type { World } from './world.ts';

export type Condition = { readonly not: boolean } & (
  { readonly is: 'sent'; readonly what: Selection } | ({ readonly nodes: Nodes } & OfNodes)
);

type OfNodes =
  | { readonly is: 'leads'; readonly term: TermWord | null }
  | { readonly is: 'in' | 'wants'; readonly term: TermWord }
  | { readonly is: 'follows' | 'convicted'; readonly whom: NodeId }
  | { readonly is: 'accepted' | 'prepared' | 'committed'; readonly entry: string }
  | { readonly is: 'executed'; readonly request: string };

/** Every verb of a condition about nodes. */
export const CONDITIONS: Readonly<Record<OfNodes['is'], (words: Words) => OfNodes>> = {
  leads: (words) => ({ is: 'leads', term: words.atTerm ? words.term() : null }),
  in: (words) => ({ is: 'in', term: words.term() }),
  wants: (words) => ({ is: 'wants', term: words.term() }),
  follows: (words) => ({ is: 'follows', whom: words.node() }),
  convicted: (words) => ({ is: 'convicted', whom: words.node() }),
  accepted: (words) => ({ is: 'accepted', entry: words.word('an entry') }),
  prepared: (words) => ({ is: 'prepared', entry: words.word('an entry') }),
  committed: (words) => ({ is: 'committed', entry: words.word('an entry') }),
  executed: (words) => ({ is: 'executed', request: words.name('a request') }),
};

/** `not n2 n3 committed 3/1`: of none of them. `sent vote from n2`: at any time. */
export function readCondition(words: Words): Condition {
  const not = words.take('not');
  if (words.take('sent')) return { not, is: 'sent', what: readSelection(words) };
  const nodes = words.everybody();
  const verbs = Object.keys(CONDITIONS) as OfNodes['is'][];
  return { not, nodes, ...CONDITIONS[words.oneOf(verbs, 'what is asked of them')](words) };
}

/** Null if it holds, else of whom it does not. */
export function broken(condition: Condition, world: World): string | null {
  if (condition.is === 'sent') {
    const sent = world.history.some((one) => selects(condition.what, one));
    return sent === condition.not ? (sent ? 'it was sent' : 'it was never sent') : null;
  }
  const nodes = condition.nodes === 'all' ? world.honestIds : condition.nodes;
  const failing = nodes.filter((id) => isTrue(condition, id, world) === condition.not);
  return failing.length === 0 ? null : `not so: ${failing.join(' ')}`;
}

function isTrue(condition: OfNodes & { readonly not: boolean }, id: NodeId, world: World): boolean {
  const node = world.honest(id);
  const status = node.core.status();
  switch (condition.is) {
    case 'leads':
      return (
        node.up &&
        status.role === 'leader' &&
        (condition.term === null || status.term === world.termOf(condition.term))
      );
    case 'in':
      return status.term === world.termOf(condition.term);
    case 'wants':
      return status.suspicions.some(
        ({ voter, wanted }) => voter === id && wanted === world.termOf(condition.term),
      );
    case 'follows':
      return status.leader === condition.whom;
    case 'convicted':
      return status.evidence.some(({ culprit }) => culprit === condition.whom);
    case 'accepted':
    case 'prepared':
    case 'committed':
      return holds(condition, node, world.book);
    case 'executed':
      return node.ordered.includes(world.book.request(condition.request).digest);
  }
}

/** Whether an entry is where the node stands, or in what it has committed; one that nobody has made yet is not. */
function holds(
  { is, entry, not }: Extract<OfNodes, { entry: string }> & { readonly not: boolean },
  { core, applied }: TestNode,
  book: Book,
): boolean {
  if (!not && !book.has(entry)) return false;
  const position = book.position(entry);
  if (is === 'committed') return applied.some(({ hash }) => hash === position.hash);
  return samePosition(core.status()[is], position);
}
