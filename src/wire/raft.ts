/**
 * Plain Raft's messages between peers: version ‖ kind ‖ fields, unsigned. Kinds have codes of their own, so that a node
 * of another protocol refuses them by name.
 */
import { DecodeError } from '../base/binary.ts';
import type { Decoded, Reader, Writer } from '../base/binary.ts';
import { limits } from '../base/limits.ts';
import { writePosition } from '../consensus/model/statement.ts';
import type {
  Place,
  RaftAppendEntries,
  RaftAppendEntriesResponse,
  RaftMessage,
  RaftRequestVote,
  RaftVote,
} from '../consensus/raft/message.ts';
import type { WireContext } from './context.ts';
import { ENTRY_OVERHEAD_BYTES, readEntryFromFrame, writeEntry } from './entry.ts';
import { Frames, finishFrame } from './frame.ts';
import {
  copyBytes,
  readIndex,
  readList,
  readName,
  readPosition,
  readTerm,
  writeList,
} from './layout.ts';
import { requestFrom } from './request.ts';

type Kind = RaftMessage['kind'];

/** Never reused for another meaning. */
const FRAMES = new Frames<Kind>({
  'append-entries': 64,
  'append-entries-response': 65,
  'request-vote': 66,
  vote: 67,
  'transfer-leadership': 68,
  forward: 69,
});

/** What a Response says, by place. */
const ANSWERS = ['outdated', 'matched', 'missing'] as const;

const ENTRIES = { min: 0, max: limits.raftAppendEntriesMax, what: 'entries' } as const;
const FORWARDED = { min: 1, max: limits.requestsPerBatchTarget, what: 'requests' } as const;

/** The frame of a message. */
export function encodeRaftMessage(message: RaftMessage): Uint8Array {
  const writer = FRAMES.begin(message.kind, frameSize(message));
  return finishFrame(writeFields(writer, message));
}

/** About how many bytes: megabytes are not copied again and again as the buffer doubles. */
function frameSize(message: RaftMessage): number {
  switch (message.kind) {
    case 'append-entries':
      return message.entries.reduce(
        (sum, { payload }) => sum + ENTRY_OVERHEAD_BYTES + payload.length,
        128,
      );
    case 'forward':
      return message.requests.reduce((sum, { bytes }) => sum + 4 + bytes.length, 8);
    default:
      return 64;
  }
}

function writeFields(writer: Writer, message: RaftMessage): Writer {
  switch (message.kind) {
    case 'append-entries':
      writePosition(writer.u53(message.term), message.previous).u53(message.previousTerm);
      return writeList(writer.u53(message.committed), message.entries, writeEntry);
    case 'append-entries-response':
      return writeAnswer(writer.u53(message.term), message);
    case 'request-vote':
      writer.u53(message.term).u8(Number(message.isPreVote)).u8(Number(message.isTransfer));
      return writePlace(writer, message.last);
    case 'vote':
      return writer.u53(message.term).u8(Number(message.isPreVote)).u8(Number(message.granted));
    case 'transfer-leadership':
      return writer.u53(message.term);
    case 'forward':
      return writeList(writer, message.requests, (each, { bytes }) => each.bytes(bytes));
  }
}

function writeAnswer(writer: Writer, { matched, hint }: RaftAppendEntriesResponse): Writer {
  if (matched !== null) return writePosition(writer.u8(ANSWERS.indexOf('matched')), matched);
  if (hint !== null) return writePlace(writer.u8(ANSWERS.indexOf('missing')), hint);
  return writer.u8(ANSWERS.indexOf('outdated'));
}

function writePlace(writer: Writer, { index, term }: Place): Writer {
  return writer.u53(index).u53(term);
}

/**
 * A message out of a frame: laid out canonically, within limits, names and digests computed, entries that follow each
 * other. Nothing of it keeps the frame in memory. Who sent it is the link's to know; clients' signatures in it are for
 * `crypto/` to check.
 */
export function decodeRaftMessage(bytes: Uint8Array, ctx: WireContext): Decoded<RaftMessage> {
  return FRAMES.decode(bytes, (kind, reader) => readMessage(kind, reader, ctx));
}

function readMessage(kind: Kind, reader: Reader, ctx: WireContext): RaftMessage {
  switch (kind) {
    case 'append-entries':
      return readAppendEntries(reader, ctx);
    case 'append-entries-response':
      return readResponse(reader);
    case 'request-vote':
      return readRequestVote(reader);
    case 'vote':
      return readVote(reader);
    case 'transfer-leadership':
      return { kind, term: readTerm(reader) };
    case 'forward':
      return {
        kind,
        // Copied one by one: one that waits must not keep the others' frame.
        requests: readList(reader, FORWARDED, (each) =>
          requestFrom(copyBytes(each.bytes(limits.requestBytesMax)), ctx),
        ),
      };
  }
}

function readAppendEntries(reader: Reader, ctx: WireContext): RaftAppendEntries {
  const message: RaftAppendEntries = {
    kind: 'append-entries',
    term: readTerm(reader),
    previous: readPosition(reader),
    previousTerm: readTerm(reader),
    committed: readIndex(reader),
    entries: readList(reader, ENTRIES, (each) => readEntryFromFrame(each, ctx)),
  };
  checkOrder(message);
  return message;
}

/** A log has no gaps, and its terms ascend, none above its leader's. */
function checkOrder({ term, previous, previousTerm, entries }: RaftAppendEntries): void {
  if (previous.index === 0) throw new DecodeError('there is no entry 0');
  let { index, hash } = previous;
  let highest = previousTerm;
  for (const entry of entries) {
    const { header } = entry;
    if (header.index !== index + 1 || header.parent !== hash)
      throw new DecodeError(`entry ${header.index} does not follow entry ${index}`);
    // Nobody judges a leader here, and what is committed must be readable.
    if (entry.content.kind === 'malformed')
      throw new DecodeError(`entry ${header.index}: ${entry.content.reason}`);
    if (header.term < highest)
      throw new DecodeError(`the term of entry ${header.index} is below the one before it`);
    index = header.index;
    hash = entry.hash;
    highest = header.term;
  }
  if (highest > term) throw new DecodeError(`entries of term ${highest} from a leader of ${term}`);
}

function readResponse(reader: Reader): RaftAppendEntriesResponse {
  const kind = 'append-entries-response';
  const term = readTerm(reader);
  const answer = readName(reader, ANSWERS, 'answer');
  return {
    kind,
    term,
    matched: answer === 'matched' ? readPosition(reader) : null,
    hint: answer === 'missing' ? readPlace(reader) : null,
  };
}

function readRequestVote(reader: Reader): RaftRequestVote {
  const term = readTerm(reader);
  const isPreVote = readFlag(reader);
  const isTransfer = readFlag(reader);
  if (isPreVote && isTransfer) throw new DecodeError('who was told to campaign asks no pre-vote');
  return { kind: 'request-vote', term, isPreVote, isTransfer, last: readPlace(reader) };
}

function readVote(reader: Reader): RaftVote {
  const term = readTerm(reader);
  return { kind: 'vote', term, isPreVote: readFlag(reader), granted: readFlag(reader) };
}

function readPlace(reader: Reader): Place {
  return { index: readIndex(reader), term: readTerm(reader) };
}

function readFlag(reader: Reader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError(`${flag} is neither no (0) nor yes (1)`);
  return flag === 1;
}
