/** What a leader commits to by signing a head: the chain below it, and what its entries say (N2). */
import { limits } from '../base/limits.ts';
import type { Entry } from '../consensus/model/entry.ts';
import { compareEpochTerm } from '../consensus/model/ids.ts';
import type { LogIndex } from '../consensus/model/ids.ts';
import type { AppendEntries, Entries, EntriesBody } from '../consensus/model/message.ts';
import type { Position } from '../consensus/model/position.ts';
import { samePosition } from '../consensus/model/position.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import { lastNumber } from '../consensus/model/request.ts';
import type { AppendEntriesStatement, Signed } from '../consensus/model/statement.ts';
import { certifiedPosition } from '../consensus/model/certificate.ts';
import { checkBundle, checkCertificate, checkEpoch } from './certificates.ts';
import { isChain, isOnChain, linksOf, linksUp, positionOfLink } from './chain.ts';
import type { RecheckBudget } from './recheck-budget.ts';
import { ownOf } from './recheck-budget.ts';
import type { SignatureChecks } from './signatures.ts';
import type { Fault } from './verdict.ts';
import { firstFault, invalid } from './verdict.ts';

/** The outer signature, the chain from `previous` to `head`, the certificate beside it, then what the entries say. */
export function checkAppendEntries(
  { signed, entries, commit }: AppendEntries,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  const { epoch, term, previous, head } = signed.statement;
  return (
    checkEpoch(epoch, signatures.keyring) ??
    (linksUp(entries, previous, head)
      ? null
      : invalid('the entries do not lead from the previous position to the head')) ??
    signatures.voter(signed, ownOf(budget)) ??
    (commit === null ? null : checkCertificate(commit, signatures, budget)) ??
    accuse(
      signed,
      firstFault(entries, ({ header }) =>
        header.epoch === epoch && header.term === term
          ? null
          : invalid(`entry ${header.index} is not of the statement's epoch and term`),
      ) ?? checkContents(entries, signatures, budget),
      budget,
    )
  );
}

/**
 * The chain of entries and headers, the leader's statement, the commit certificate. What the chain proves committed
 * was judged by a quorum and is taken as it is; the rest is judged here, and charged to the leader if it signed the
 * chain's end.
 */
export function checkEntries(
  { body }: Entries,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  const links = [...body.entries, ...linksOf(body.headers, signatures.digest)];
  const end = links.at(-1);
  if (end === undefined) return invalid('Entries without entries');
  if (!isChain(links)) return invalid('entries and headers are no chain');
  const { leader, commit } = body;
  const fault =
    (leader === null ? null : checkLeader(leader, signatures, budget)) ??
    (commit === null ? null : checkCertificate(commit, signatures, budget));
  if (fault !== null) return fault;
  const committed = committedUpTo(body, links, signatures);
  const open = body.entries.filter(({ header }) => header.index > committed);
  const content =
    checkTerms(open, leader?.statement ?? null, signatures) ??
    checkContents(open, signatures, budget);
  return leader !== null && samePosition(leader.statement.head, positionOfLink(end))
    ? accuse(leader, content, budget)
    : content;
}

function checkLeader(
  leader: Signed<AppendEntriesStatement>,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  return checkEpoch(leader.statement.epoch, signatures.keyring) ?? signatures.voter(leader, budget);
}

/** The highest index that the chain proves committed: by the certificate, or as the genesis of the epoch. */
function committedUpTo(
  { commit }: EntriesBody,
  links: Parameters<typeof isOnChain>[0],
  { keyring }: SignatureChecks,
): LogIndex {
  const proven: Position[] = [keyring.genesis.position];
  if (commit !== null) proven.push(certifiedPosition(commit));
  return proven
    .filter((position) => isOnChain(links, position))
    .reduce((highest, { index }) => (index > highest ? index : highest), 0 as LogIndex);
}

/** A leader's chain: of the keyring's epoch, terms never fall, none above the leader's own. */
function checkTerms(
  entries: readonly Entry[],
  leader: AppendEntriesStatement | null,
  { keyring }: SignatureChecks,
): Fault | null {
  return firstFault(entries, ({ header }) => {
    if (header.epoch > keyring.epoch) return { type: 'other-epoch', epoch: header.epoch };
    if (header.epoch < keyring.epoch)
      return invalid(`entry ${header.index} above the genesis of the epoch is of an earlier epoch`);
    if (leader !== null && header.term > leader.term)
      return invalid(`entry ${header.index} is of a later term than its leader`);
    return null;
  });
}

/** What the content of entries must be; `entries` are a chain of the keyring's epoch. */
function checkContents(
  entries: readonly Entry[],
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  for (const [i, entry] of entries.entries()) {
    const fault =
      checkOrder(entries[i - 1] ?? null, entry) ?? checkContent(entry, signatures, budget);
    if (fault !== null) return fault;
  }
  return null;
}

/** N1: time does not run backwards. N2: terms do not fall, and each begins with the one entry of kind `term`. */
function checkOrder(parent: Entry | null, { header }: Entry): Fault | null {
  if (parent === null) return null;
  if (header.timestamp < parent.header.timestamp)
    return invalid(`the timestamp of entry ${header.index} is below its parent's`);
  const order = compareEpochTerm(header, parent.header);
  if (order < 0) return invalid(`the term of entry ${header.index} is below its parent's`);
  if (order === 0 && header.kind === 'term')
    return invalid(`entry ${header.index} begins a term that has begun`);
  if (order > 0 && header.kind !== 'term')
    return invalid(`entry ${header.index} is the first of its term and proves no election`);
  return null;
}

function checkContent(
  entry: Entry,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  const { content, header } = entry;
  switch (content.kind) {
    case 'malformed':
      return invalid(`the payload of entry ${header.index} is malformed: ${content.reason}`);
    case 'configuration':
      // G3 is the core's question: it knows what justifies a change.
      return null;
    case 'batch':
      if (content.requests.length === 0)
        return invalid(`entry ${header.index} is a batch of no requests`);
      return firstFault(content.requests, (request) => {
        const fault = checkRequest(request, signatures, budget);
        return fault === null ? null : describe(fault, `entry ${header.index}`);
      });
    case 'term':
      return checkTermEntry(entry, signatures, budget);
  }
}

/** E4: the bundle elects the leader of the entry's own term, and the entry stands right above the bundle's base. */
function checkTermEntry(
  { content, header }: Entry,
  signatures: SignatureChecks,
  budget: RecheckBudget | undefined,
): Fault | null {
  const bundle = content.kind === 'term' ? content.bundle : null;
  const vote = bundle?.votes[0]?.statement;
  if (bundle === null || vote === undefined)
    return invalid(`term entry ${header.index} without votes`);
  if (vote.epoch !== header.epoch || vote.term !== header.term)
    return invalid(`term entry ${header.index} holds the votes of another term`);
  if (vote.base.index !== header.index - 1 || vote.base.hash !== header.parent)
    return invalid(`term entry ${header.index} does not stand on the base of its bundle`);
  const fault = checkBundle(bundle, signatures, budget);
  return fault === null ? null : describe(fault, `term entry ${header.index}`);
}

/** C1: signed by a client of the configuration. C2: its last number fits the session's window. */
export function checkRequest(
  { statement, signature, commands }: ClientRequest,
  signatures: SignatureChecks,
  budget?: RecheckBudget,
): Fault | null {
  if (commands.length !== statement.count || statement.count === 0)
    return invalid(`a request of ${statement.count} commands carries ${commands.length}`);
  if (lastNumber(statement) > statement.acknowledged + BigInt(limits.sessionWindow))
    return invalid('a request beyond the window of its session');
  return signatures.client(statement, signature, budget);
}

function describe(fault: Fault, where: string): Fault {
  return invalid(`${where}: ${'reason' in fault ? fault.reason : 'another epoch'}`);
}

/**
 * What is wrong with the content is the leader's doing, not the sender's. But a native no that the budget left
 * unjudged (L3) is no proof: then the connection closes and nobody is accused.
 */
function accuse(
  { signer, statement }: Signed<AppendEntriesStatement>,
  fault: Fault | null,
  budget: RecheckBudget | undefined,
): Fault | null {
  if (fault === null || fault.type === 'other-epoch' || budget?.overdrawn === true) return fault;
  const reason = 'reason' in fault ? fault.reason : '';
  return { type: 'accused', culprit: signer, epoch: statement.epoch, term: statement.term, reason };
}
