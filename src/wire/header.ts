/** Headers: `model/entry.ts` writes them, in the layout that is hashed. */
import type { Reader } from '../base/binary.ts';
import { ENTRY_KINDS } from '../consensus/model/entry.ts';
import type { Header } from '../consensus/model/entry.ts';
import { readEpoch, readHash, readIndex, readName, readTerm } from './layout.ts';

export function readHeader(reader: Reader): Header {
  return {
    index: readIndex(reader),
    epoch: readEpoch(reader),
    term: readTerm(reader),
    parent: readHash(reader),
    kind: readName(reader, ENTRY_KINDS, 'kind of entry'),
    timestamp: reader.u53(),
    payloadDigest: readHash(reader),
  };
}
