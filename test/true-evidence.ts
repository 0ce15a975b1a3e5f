/** Evidence that holds: what a node with this key would sign if it contradicted itself. */
import { utf8 } from '../src/base/bytes.ts';
import type { Header } from '../src/consensus/model/entry.ts';
import { hashHeader } from '../src/consensus/model/entry.ts';
import type { EvidenceKind } from '../src/consensus/model/evidence.ts';
import type { Epoch, Hash, LogIndex, NodeId, Sequence, Term } from '../src/consensus/model/ids.ts';
import type { EvidenceBody, Testimony } from '../src/consensus/model/message.ts';
import type { Position } from '../src/consensus/model/position.ts';
import { NONE } from '../src/consensus/model/position.ts';
import { portableDigest } from '../src/crypto/digest.ts';
import type { Ed25519 } from '../src/crypto/ed25519.ts';
import { makeSigner } from '../src/crypto/sign.ts';
import type { Signer, SignerOptions } from '../src/crypto/sign.ts';
import { encodeBody } from '../src/wire/body.ts';

export interface EvidencePlan {
  readonly term?: number;
  readonly kind?: EvidenceKind;
  readonly index?: number;
  /** Entries above `index` up to the head of the first AppendEntries; 0: it names the index itself. */
  readonly above?: number;
  /** Makes other entries of it. */
  readonly seed?: string;
}

export function signerOf(
  { self, secretKey, clusterId }: Omit<SignerOptions, 'digest'>,
  ed25519: Ed25519,
): Signer {
  return makeSigner(
    { self, secretKey, clusterId, digest: portableDigest },
    { ed25519, encodeBody },
  );
}

export function contradict(culprit: NodeId, signer: Signer, plan: EvidencePlan = {}): EvidenceBody {
  const { term = 7, kind = 'append-entries', index = 412, above = 2, seed = '' } = plan;
  const epoch = 0 as Epoch;
  const base = { epoch, term: term as Term };
  const parent: Position = { index: (index - 1) as LogIndex, hash: hashOf(`parent ${seed}`) };
  const testimony = (which: string, count: number, sequence: number): Testimony => {
    const headers = chain(parent, base.term, count + 1, `${which} ${seed}`);
    const head = positionOf(headers.at(-1) as Header);
    if (kind === 'append-entries-response') {
      const signed = signer.sign({ kind, ...base, accepted: head, prepared: NONE });
      return { signed, headers: [] };
    }
    const previous = parent;
    const statement = { kind, ...base, previous, head, sequence: sequence as Sequence };
    return { signed: signer.sign(statement), headers: count === 0 ? [] : headers };
  };
  return {
    culprit,
    epoch,
    index: index as LogIndex,
    first: testimony('left', kind === 'append-entries' ? above : 0, 31),
    second: testimony('right', 0, 32),
  };
}

function chain(parent: Position, term: Term, count: number, seed: string): readonly Header[] {
  const headers: Header[] = [];
  let below = parent;
  while (headers.length < count) {
    const header: Header = {
      index: (below.index + 1) as LogIndex,
      epoch: 0 as Epoch,
      term,
      parent: below.hash,
      kind: 'batch',
      timestamp: 1_790_000_000_000 + headers.length,
      payloadDigest: hashOf(`${seed} ${headers.length}`),
    };
    headers.push(header);
    below = positionOf(header);
  }
  return headers;
}

function positionOf(header: Header): Position {
  return { index: header.index, hash: hashHeader(header, portableDigest) };
}

function hashOf(text: string): Hash {
  return portableDigest(utf8(text));
}
