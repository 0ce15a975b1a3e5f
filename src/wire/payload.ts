/** Payloads of entries (section 1): encoded once, by the leader; everybody else keeps and hashes the bytes. */
import { assert } from '../base/assert.ts';
import { Writer, decode } from '../base/binary.ts';
import type { Reader } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import type { Content, EntryKind } from '../consensus/model/entry.ts';
import { readBundle, writeBundle } from './certificate.ts';
import { readConfiguration, writeConfiguration } from './configuration.ts';
import type { WireContext } from './context.ts';
import { readGenesisPreamble } from './genesis-preamble.ts';
import { readList, readName, writeList } from './layout.ts';
import { requestFrom } from './request.ts';

/** Plain Raft's leaders begin with a batch of none (`crypto/` takes none from Tangaroa's). */
const REQUESTS = { min: 0, max: limits.requestsPerBatchMax, what: 'requests' } as const;

/** What a configuration's payload begins with. Codes by place, never reused. */
const ORIGINS = ['genesis', 'change'] as const;

/** The payload that says `content`. A leader keeps within the limits, which is asserted. */
export function encodeContent(content: Exclude<Content, { kind: 'malformed' }>): Uint8Array {
  const payload = contentWriter(content).finish();
  assert(payload.length <= limits.batchBytesMax, `a payload of ${payload.length} bytes`);
  return payload;
}

function contentWriter(content: Exclude<Content, { kind: 'malformed' }>): Writer {
  switch (content.kind) {
    case 'batch': {
      const { requests } = content;
      assert(requests.length <= REQUESTS.max, 'requests');
      // The exact size: a payload lives as long as its entry, and so would the slack of a doubled buffer.
      const size = requests.reduce((sum, { bytes }) => sum + 4 + bytes.length, 4);
      return writeList(new Writer(size), requests, (each, request) => each.bytes(request.bytes));
    }
    case 'term':
      return writeBundle(new Writer(1024), content.bundle);
    case 'configuration':
      return writeConfiguration(new Writer(1024).u8(1), content.configuration);
  }
}

/**
 * What a payload says. A payload that breaks its layout is the value `malformed`: the leader who signed it is judged
 * (S1), nothing throws. Requests stay views of `payload`.
 */
export function decodeContent(kind: EntryKind, payload: Uint8Array, ctx: WireContext): Content {
  const decoded = decode(payload, (reader) => readContent(kind, reader, payload, ctx));
  return decoded.ok ? decoded.value : { kind: 'malformed', reason: `${kind}: ${decoded.reason}` };
}

function readContent(
  kind: EntryKind,
  reader: Reader,
  payload: Uint8Array,
  ctx: WireContext,
): Content {
  switch (kind) {
    case 'batch':
      return {
        kind,
        requests: readList(reader, REQUESTS, (each) =>
          requestFrom(each.bytes(limits.requestBytesMax), ctx),
        ),
      };
    case 'term':
      return { kind, bundle: readBundle(reader) };
    case 'configuration':
      if (readName(reader, ORIGINS, 'origin of a configuration') === 'genesis')
        readGenesisPreamble(reader, payload, ctx);
      return { kind, configuration: readConfiguration(reader, ctx) };
  }
}
