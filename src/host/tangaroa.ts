/** Tangaroa's messages, as the host sends and takes them. */
import type { Term } from '../consensus/model/ids.ts';
import type { PeerMessage } from '../consensus/model/message.ts';
import { firstHand } from '../crypto/recheck-budget.ts';
import type { Signer } from '../crypto/sign.ts';
import type { Verifier } from '../crypto/verify.ts';
import type { WireContext } from '../wire/context.ts';
import { requestsOf, signaturesOf } from '../wire/effort.ts';
import { decodePeerMessage, encodePeerMessage } from '../wire/peer.ts';
import type { Arrival, PeerWire } from './protocol.ts';

export interface TangaroaWireDeps {
  readonly context: WireContext;
  readonly verifier: Pick<Verifier, 'checked' | 'peerMessage' | 'request'>;
  readonly signer: Pick<Signer, 'signBody'>;
}

/** Signed by their senders (M1), verified before anybody believes them. */
export function tangaroaWire({
  context,
  verifier,
  signer,
}: TangaroaWireDeps): PeerWire<PeerMessage> {
  return {
    encode: encodePeerMessage,
    decode: (frame) => decodePeerMessage(frame, context),
    arrange: newestResponsesFirst,
    signatures: (message) => signaturesOf(message, context.digest),
    checked: () => verifier.checked,
    requests: (message) => requestsOf(message, context.digest),
    // L3: an honest node forwards what it took by its library's word.
    prepare: ({ kind }, request, budget) =>
      verifier.request(request, kind === 'forward' ? firstHand() : budget).type === 'verified',
    isNews,
    verify: (message, budget) => verifier.peerMessage(message, budget),
    entries: (body) => signer.signBody({ kind: 'entries', body }),
  };
}

/** M6 lets through of these only what can be used. */
function isNews(message: PeerMessage, term: () => Term): boolean {
  switch (message.kind) {
    case 'append-entries':
      return message.entries.length > 0 && message.signed.statement.term <= term();
    case 'entries':
    case 'forward':
      return true;
    default:
      return false;
  }
}

/**
 * M6: of several Responses of one signer and one (epoch, term) the latest goes first, in the place of the earliest: once
 * it counts, the core wants those before it only if they can still matter. Nothing else changes places.
 */
export function newestResponsesFirst<A extends Arrival<PeerMessage>>(
  arrivals: readonly A[],
): readonly A[] {
  if (arrivals.length < 2) return arrivals;
  const places = new Map<string, number[]>();
  arrivals.forEach(({ message }, place) => {
    if (message.kind !== 'append-entries-response') return;
    const { signer, statement } = message.signed;
    const key = `${statement.epoch} ${statement.term} ${signer}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, [place]);
    else known.push(place);
  });
  const ordered = [...arrivals];
  for (const of of places.values())
    of.forEach((place, i) => {
      ordered[place] = arrivals[of[of.length - 1 - i] as number] as A;
    });
  return ordered;
}
