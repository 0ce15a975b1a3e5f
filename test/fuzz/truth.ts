/**
 * Changes to what a message says rather than to its bytes: a number, a hash, an item of a list, a part that is there or
 * not. What is derived - hashes, digests, signatures whose keys are at hand - is made anew, so that the message is well
 * formed, signed, and false.
 */
import { AssertionError } from '../../src/base/assert.ts';
import type { Random } from '../../src/base/random.ts';
import type { Certificate } from '../../src/consensus/model/certificate.ts';
import { hashHeader, nameEntry } from '../../src/consensus/model/entry.ts';
import type { Entry } from '../../src/consensus/model/entry.ts';
import type { PeerMessage } from '../../src/consensus/model/message.ts';
import type { ClientRequest } from '../../src/consensus/model/request.ts';
import { signingBytes } from '../../src/consensus/model/statement.ts';
import type { NodeStatement, Signed } from '../../src/consensus/model/statement.ts';
import { encodeBody } from '../../src/wire/body.ts';
import type { WireContext } from '../../src/wire/context.ts';
import { encodeContent } from '../../src/wire/payload.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/wire/peer.ts';
import { encodeCommands, makeRequest } from '../../src/wire/request.ts';
import type { Keys } from './reseal.ts';
import type { Mutation } from './target.ts';

type Tree = Record<string, unknown>;

const NUMBERS = [0, 1, 2, 3, 64, 65, 128, 129, 1_024, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER];
/** Tags of unions and derived values: another one is another message. */
const FIXED: ReadonlySet<string> = new Set(['kind', 'type', 'phase', 'content', 'bytes', 'digest']);

/** The places of a message that can be changed, deepest last. */
function placesIn(
  value: unknown,
  found: { readonly of: Tree; readonly key: string }[] = [],
  depth = 0,
): { readonly of: Tree; readonly key: string }[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || depth > 12)
    return found;
  for (const key of Object.keys(value)) {
    if (FIXED.has(key)) continue;
    found.push({ of: value as Tree, key });
    placesIn((value as Tree)[key], found, depth + 1);
  }
  return found;
}

function changedNumber(value: number, random: Random): number {
  const near = value + random.pick([-2, -1, 1, 2, 64, 128]);
  return Math.max(0, random.chance(1, 2) ? near : random.pick(NUMBERS)) % (2 ** 53 - 1);
}

function changedList(list: readonly unknown[], random: Random): readonly unknown[] {
  const at = random.below(list.length + 1);
  switch (random.below(5)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return list.length === 0 ? list : list.toSpliced(at, 0, random.pick(list));
    case 2:
      return list.toReversed();
    case 3:
      return list.slice(0, at);
    default:
      return [...list, ...list];
  }
}

/** Another value for a place: of its own kind, or what stands at another place of that name. */
function changed(value: unknown, theirs: unknown, random: Random): unknown {
  if (random.chance(1, 4) && theirs !== undefined) return theirs;
  if (typeof value === 'number') return changedNumber(value, random);
  if (typeof value === 'bigint') return random.pick([0n, 1n, value + 1n, (1n << 64n) - 1n]);
  if (Array.isArray(value)) return changedList(value, random);
  if (value instanceof Uint8Array && value.length > 0) {
    const bytes = Uint8Array.from(value);
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  }
  if (typeof value === 'string' && /^[0-9a-f]{64}$/u.test(value))
    return random.pick(['0'.repeat(64), 'f'.repeat(64), value.slice(1) + value[0]]);
  return theirs === undefined ? null : theirs;
}

/** A message whose signed, hashed and encoded parts are made anew. */
class Truth {
  readonly #context: WireContext;
  readonly #keys: Keys;

  constructor(context: WireContext, keys: Keys) {
    this.#context = context;
    this.#keys = keys;
  }

  /** Inner parts first: a statement may name what lies beside it. */
  of(value: unknown, depth = 0): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || depth > 12)
      return value;
    if (Array.isArray(value)) return this.#chain(value.map((item) => this.of(item, depth + 1)));
    const parts = Object.entries(value).map(([key, part]) => [key, this.of(part, depth + 1)]);
    return this.#derive(Object.fromEntries(parts) as Tree);
  }

  /** Entries in a list follow each other. */
  #chain(list: unknown[]): unknown[] {
    for (let i = 1; i < list.length; i++) {
      const [before, entry] = [list[i - 1] as Entry, list[i] as Entry];
      if (!isEntry(before) || !isEntry(entry)) return list;
      const header = { ...entry.header, parent: before.hash };
      list[i] = nameEntry(header, entry.payload, entry.content, this.#context.naming);
    }
    return list;
  }

  #derive(of: Tree): Tree {
    if (isEntry(of)) {
      const payload = of.content.kind === 'malformed' ? of.payload : encodeContent(of.content);
      return nameEntry(of.header, payload, of.content, this.#context.naming) as unknown as Tree;
    }
    if (isRequest(of)) return this.#request(of) as unknown as Tree;
    if (isSigned(of)) return this.#sign(of) as unknown as Tree;
    if (isCertificate(of)) {
      const [first] = of.headers;
      return first === undefined ? of : { ...of, hash: hashHeader(first, this.#context.digest) };
    }
    return of;
  }

  #request({ statement, signature, commands }: ClientRequest): ClientRequest {
    const commandsDigest = this.#context.digest(encodeCommands(commands));
    const said = { ...statement, count: commands.length, commandsDigest };
    const secret = this.#keys.secretOf(said.client);
    const { clusterId, sign } = this.#keys;
    const signed =
      secret === null ? signature : sign(signingBytes(clusterId, said.client, said), secret);
    return makeRequest(said, signed, commands, this.#context);
  }

  #sign<S extends NodeStatement>(signed: Signed<S>): Signed<S> {
    const secret = this.#keys.secretOf(signed.signer);
    if (secret === null) return signed;
    const { clusterId, sign } = this.#keys;
    const { signer, statement } = signed;
    return {
      signer,
      statement,
      signature: sign(signingBytes(clusterId, signer, statement), secret),
    };
  }

  /** The message under a statement that names its body. */
  message(message: PeerMessage): PeerMessage {
    if (!('body' in message)) return message;
    const { kind } = message;
    const statement = { kind, bodyDigest: this.#context.digest(encodeBody(message)) };
    return { ...message, signed: this.#sign({ ...message.signed, statement }) };
  }
}

function isEntry(value: unknown): value is Entry {
  return has(value, 'header', 'payload', 'content');
}

function isRequest(value: unknown): value is ClientRequest {
  return has(value, 'statement', 'signature', 'commands');
}

function isSigned(value: unknown): value is Signed {
  return has(value, 'signer', 'statement', 'signature');
}

function isCertificate(value: unknown): value is Certificate {
  return has(value, 'phase', 'headers', 'responses');
}

function has(value: unknown, ...keys: readonly string[]): boolean {
  return (
    typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key))
  );
}

/** The mutation: one to three places of the message say something else. */
export function untruth(context: WireContext, keys: Keys): Mutation {
  const truth = new Truth(context, keys);
  return (input, random, other) => {
    const [decoded, theirs] = [input, other()].map((bytes) => decodePeerMessage(bytes, context));
    if (decoded?.ok !== true) return null;
    const donor = theirs?.ok === true ? placesIn(theirs.value) : [];
    const message = structuredClone(decoded.value) as unknown as Tree;
    for (let count = random.between(1, 3); count > 0; count--) {
      const places = placesIn(message);
      if (places.length === 0) return null;
      const { of, key } = random.pick(places);
      const alike = donor.filter((place) => place.key === key);
      const their = alike.length === 0 ? undefined : random.pick(alike);
      of[key] = changed(of[key], their?.of[their.key], random);
    }
    return encode(truth, message);
  };
}

/** What no encoder would write is no untruth: null. */
function encode(truth: Truth, message: Tree): Uint8Array | null {
  try {
    return encodePeerMessage(truth.message(truth.of(message) as PeerMessage));
  } catch (error) {
    if (error instanceof AssertionError || error instanceof TypeError) return null;
    throw error;
  }
}
