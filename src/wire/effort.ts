/** How much work a message between peers asks for, before any of it is done (section 12, Room). */
import { certifiedPosition } from '../consensus/model/certificate.ts';
import type { Certificate } from '../consensus/model/certificate.ts';
import { hashHeader } from '../consensus/model/entry.ts';
import type { Entry } from '../consensus/model/entry.ts';
import type { Digest } from '../consensus/model/ids.ts';
import type { EntriesBody, PeerMessage, ProofBody } from '../consensus/model/message.ts';
import type { ClientRequest } from '../consensus/model/request.ts';
import { signaturesIn } from './entry.ts';

/** How many signatures its verification checks at most: its own, and all that travel beside it. */
export function signaturesOf(message: PeerMessage, digest: Digest): number {
  switch (message.kind) {
    case 'append-entries':
      return 1 + inCertificate(message.commit) + inEntries(message.entries);
    case 'append-entries-response':
    case 'vote':
    case 'transfer-leadership':
    case 'fetch-entries':
      return 1;
    case 'suspect':
    case 'vote-refusal':
      return 1 + inCertificate(message.certificate);
    case 'request-vote':
      return 1 + inCertificate(message.certificate) + (message.suspicion?.suspects.length ?? 0);
    case 'forward':
      return 1 + message.body.requests.length;
    case 'entries': {
      const { leader, commit } = message.body;
      const beside = (leader === null ? 0 : 1) + inCertificate(commit);
      return 1 + beside + unprovenSignatures(message.body, digest);
    }
    case 'proof':
      return 1 + inProof(message.body);
    case 'evidence':
      return 3;
  }
}

/** The client requests among them, in the order in which they are checked. */
export function requestsOf(message: PeerMessage, digest: Digest): readonly ClientRequest[] {
  switch (message.kind) {
    case 'append-entries':
      return requestsIn(message.entries);
    case 'entries':
      return requestsIn(unproven(message.body, digest));
    case 'forward':
      return message.body.requests;
    default:
      return [];
  }
}

function requestsIn(entries: readonly Entry[]): readonly ClientRequest[] {
  return entries.flatMap(({ content }) => (content.kind === 'batch' ? content.requests : []));
}

/** Those in the entries of an answer that are checked, since its certificate does not prove them. */
export function unprovenSignatures(body: EntriesBody, digest: Digest): number {
  return inEntries(unproven(body, digest));
}

/** What the certificate of an answer does not prove: all of it where the certificate is of another chain. */
function unproven(body: EntriesBody, digest: Digest): readonly Entry[] {
  const proven = provenIndex(body, digest);
  return body.entries.filter(({ header }) => header.index > proven);
}

function provenIndex({ entries, headers, commit }: EntriesBody, digest: Digest): number {
  if (commit === null) return 0;
  const { index, hash } = certifiedPosition(commit);
  const entry = entries.find(({ header }) => header.index === index);
  if (entry !== undefined) return entry.hash === hash ? index : 0;
  const header = headers.find((each) => each.index === index);
  return header !== undefined && hashHeader(header, digest) === hash ? index : 0;
}

function inEntries(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + signaturesIn(entry), 0);
}

function inCertificate(certificate: Certificate | null): number {
  return certificate === null ? 0 : certificate.responses.length;
}

function inProof({ term, commit }: ProofBody): number {
  const ofTerm =
    term.type === 'genesis'
      ? 0
      : term.type === 'suspicion'
        ? term.certificate.suspects.length
        : term.type === 'bundle'
          ? term.bundle.votes.length
          : inCertificate(term.certificate);
  return ofTerm + inCertificate(commit);
}
