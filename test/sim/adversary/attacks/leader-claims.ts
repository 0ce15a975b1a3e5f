/** A leader that shows commit certificates for what is not committed (N5, N6). */
import type {
  Certificate,
  CommitCertificate,
} from '../../../../src/consensus/model/certificate.ts';
import { firstHeader } from '../../../../src/consensus/model/certificate.ts';
import type { AppendEntries } from '../../../../src/consensus/model/message.ts';
import type { Position } from '../../../../src/consensus/model/position.ts';
import type { AttackKind } from '../attack.ts';
import type { Traitor } from '../traitor.ts';

/** A prepare certificate that says it is a commit certificate. */
function relabelled({ headers, hash, responses }: Certificate): CommitCertificate {
  return { phase: 'commit', headers, hash, responses };
}

/** For the highest position that Responses on record certify, prepared if a quorum accepted it, and no more. */
function prematurely(me: Traitor, head: Position): CommitCertificate | null {
  const { library } = me.mind;
  for (let from = head.index; from > head.index - 8; from--) {
    const chain = library.chainTo(head.hash, from);
    const certificate =
      chain === null ? null : me.forge.certificate('prepare', chain, library.responses);
    if (certificate !== null) return relabelled(certificate);
  }
  return null;
}

/** Responses of this term for an entry of an earlier one: what N5 and Raft's figure 8 forbid. */
function ofEarlierEntry(
  me: Traitor,
  { term, head }: { term: number; head: Position },
): CommitCertificate | null {
  const { library } = me.mind;
  for (let from = head.index - 1; from > head.index - 16; from--) {
    const chain = library.chainTo(head.hash, from);
    const first = chain?.[0];
    if (chain === null || first === undefined) return null;
    if (first.header.term < term) return me.forge.certificate('commit', chain, library.responses);
  }
  return null;
}

/** The leader's own word, and those of its friends, for all that it has proposed. */
function tooFew(
  me: Traitor,
  { term, head }: { term: number; head: Position },
): CommitCertificate | null {
  const link = me.mind.library.links.get(head.hash);
  if (link === undefined) return null;
  const responses = me.mind.traitors.map((id) => me.forge.response(id, term, head, head).signed);
  return { phase: 'commit', headers: [link.header], hash: link.hash, responses };
}

export type Claim = 'relabelled' | 'premature' | 'earlier entry' | 'too few' | 'older term';

function claimed(me: Traitor, claim: Claim, { signed }: AppendEntries): CommitCertificate | null {
  const { library } = me.mind;
  const { statement } = signed;
  switch (claim) {
    case 'relabelled': {
      const known = library.certificates.filter(({ phase }) => phase === 'prepare').at(-1);
      return known === undefined ? null : relabelled(known);
    }
    case 'premature':
      return prematurely(me, statement.head);
    case 'earlier entry':
      return ofEarlierEntry(me, statement);
    case 'too few':
      return tooFew(me, statement);
    case 'older term': {
      const older = library.certificates.filter((one) => firstHeader(one).term < statement.term);
      return older.length === 0 ? null : relabelled(me.random.pick(older));
    }
  }
}

const CLAIM_EVERY_MS = 700;

/** Not with every message: each false one costs the link for a while. */
export function claiming(claims: readonly Claim[]): AttackKind['make'] {
  return (me) => {
    let lastMs = 0;
    let made: { readonly of: AppendEntries; readonly as: AppendEntries } | null = null;
    return {
      says: (out) => {
        const { message, to } = out;
        if (message.kind !== 'append-entries' || message.signed.signer !== me.id) return [out];
        if (made?.of === message) return [{ to, message: made.as }];
        if (me.nowMs - lastMs < CLAIM_EVERY_MS) return [out];
        const kind = me.random.pick(claims);
        const commit = claimed(me, kind, message);
        if (commit === null) return [out];
        lastMs = me.nowMs;
        made = { of: message, as: { ...message, commit } };
        me.note(`claims that ${firstHeader(commit).index} is committed: ${kind}`);
        return [{ to, message: made.as }];
      },
    };
  };
}

const claim: AttackKind = {
  name: 'claim-commit',
  tries: 'shows prepare certificates, too few or old Responses as commit certificates (N5, N6)',
  make: claiming([
    'relabelled',
    'premature',
    'premature',
    'earlier entry',
    'too few',
    'older term',
  ]),
};

export const LEADER_CLAIMS: readonly AttackKind[] = [claim];
