/** Changes of bytes, of text and of steps that know nothing of what they mean. */
import { concatBytes, fromUtf8, utf8 } from '../../src/base/bytes.ts';
import type { Random } from '../../src/base/random.ts';
import { decodeSteps, encodeSteps } from './steps.ts';
import type { Step } from './steps.ts';
import type { Mutation } from './target.ts';
import { JSON_TOKENS, NASTY_TEXTS, NUMBERS } from './tokens.ts';

const EDGES = [0, 1, 2, 3, 0x20, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const INPUT_MAX = 12_582_912;

function cut(bytes: Uint8Array, random: Random): { readonly start: number; readonly end: number } {
  const start = random.below(bytes.length + 1);
  const most = random.chance(1, 4) ? bytes.length : 40;
  return { start, end: Math.min(bytes.length, start + 1 + random.below(most)) };
}

function put(bytes: Uint8Array, at: number, value: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed.set(value.subarray(0, Math.max(0, bytes.length - at)), at);
  return changed;
}

/** Big-endian, or little-endian as LevelDB writes. */
function numberBytes(value: bigint, width: number, isLittle: boolean): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let i = 0; i < width; i++)
    bytes[isLittle ? i : width - 1 - i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return bytes;
}

function readNumber(bytes: Uint8Array, at: number, width: number): bigint {
  let value = 0n;
  for (let i = 0; i < width; i++) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return value;
}

/** Places where a 32-bit length may stand: the bytes that it counts are there. */
function lengthsIn(bytes: Uint8Array, random: Random): readonly number[] {
  const found: number[] = [];
  const start = bytes.length > 4_096 ? random.below(bytes.length - 4_096) : 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at + 5 <= Math.min(bytes.length, start + 4_096); at++) {
    const length = view.getUint32(at);
    if (length > 0 && at + 4 + length <= bytes.length) found.push(at);
  }
  return found;
}

const flipBit: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  return put(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
};

const setByte: Mutation = (bytes, random) =>
  put(
    bytes,
    random.below(bytes.length),
    Uint8Array.of(random.chance(1, 2) ? random.pick(EDGES) : random.below(256)),
  );

/** Versions, kinds and counts stand near the beginning. */
const setEarlyByte: Mutation = (bytes, random) =>
  put(bytes, random.below(Math.min(bytes.length, 12)), Uint8Array.of(random.below(24)));

const setNumber: Mutation = (bytes, random) => {
  const width = random.pick([1, 2, 4, 4, 8]);
  const value = numberBytes(random.pick(NUMBERS), width, random.chance(1, 4));
  return put(bytes, random.below(bytes.length), value);
};

const addNumber: Mutation = (bytes, random) => {
  const width = random.pick([1, 2, 4, 8]);
  const at = random.below(bytes.length);
  const sum = readNumber(bytes, at, width) + BigInt(random.between(-3, 3));
  return put(bytes, at, numberBytes(BigInt.asUintN(8 * width, sum), width, false));
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length));

const extend: Mutation = (bytes, random) =>
  concatBytes(bytes, new Uint8Array(1 + random.below(64)).fill(random.pick(EDGES)));

const remove: Mutation = (bytes, random) => {
  const { start, end } = cut(bytes, random);
  return concatBytes(bytes.subarray(0, start), bytes.subarray(end));
};

const repeat: Mutation = (bytes, random) => {
  const { start, end } = cut(bytes, random);
  const times = random.chance(1, 16) ? 64 : random.between(1, 3);
  const chunk = bytes.subarray(start, end);
  if (chunk.length * times + bytes.length > INPUT_MAX) return null;
  const copies = Array.from({ length: times }, () => chunk);
  return concatBytes(bytes.subarray(0, end), ...copies, bytes.subarray(end));
};

const copyOver: Mutation = (bytes, random) => {
  const { start, end } = cut(bytes, random);
  return put(bytes, random.below(bytes.length), bytes.slice(start, end));
};

const splice: Mutation = (bytes, random, other) => {
  const tail = other();
  const at = random.below(bytes.length + 1);
  // At the same place in both, most fields line up.
  const from = random.chance(1, 2) ? Math.min(at, tail.length) : random.below(tail.length + 1);
  if (at + tail.length > INPUT_MAX) return null;
  return concatBytes(bytes.subarray(0, at), tail.subarray(from));
};

/** What a length counts is cut, repeated or replaced, and the length says so. */
const resizeField: Mutation = (bytes, random, other) => {
  const places = lengthsIn(bytes, random);
  if (places.length === 0) return null;
  const at = random.pick(places);
  const start = at + 4;
  const end = start + Number(readNumber(bytes, at, 4));
  const field = bytes.subarray(start, end);
  const content = random.pick([
    () => field.subarray(0, random.below(field.length + 1)),
    () => concatBytes(field, field),
    () => new Uint8Array(0),
    () => other().subarray(0, 4_096),
    () => utf8(random.pick(NASTY_TEXTS)),
  ])();
  const length = numberBytes(BigInt(content.length), 4, false);
  return concatBytes(bytes.subarray(0, at), length, content, bytes.subarray(end));
};

/** A text behind its 8-bit length becomes another one. */
const replaceText: Mutation = (bytes, random) => {
  for (let tries = 0; tries < 64; tries++) {
    const at = random.below(bytes.length);
    const end = at + 1 + (bytes[at] ?? 0);
    if (end === at + 1 || end > bytes.length) continue;
    if (!bytes.subarray(at + 1, end).every((byte) => byte >= 0x2d && byte < 0x7f)) continue;
    const text = utf8(random.pick(NASTY_TEXTS)).subarray(0, 255);
    const length = Uint8Array.of(text.length);
    return concatBytes(bytes.subarray(0, at), length, text, bytes.subarray(end));
  }
  return null;
};

export const BYTE_MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  setEarlyByte,
  setNumber,
  setNumber,
  addNumber,
  truncate,
  extend,
  remove,
  repeat,
  copyOver,
  splice,
  resizeField,
  resizeField,
  replaceText,
];

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\],:]|\w+/gu;

function onText(change: (text: string, random: Random, other: string) => string | null): Mutation {
  return (input, random, other) => {
    const text = fromUtf8(input);
    if (text === null) return null;
    const changed = change(text, random, fromUtf8(other()) ?? '');
    return changed === null || changed.length > INPUT_MAX ? null : Buffer.from(changed);
  };
}

function pickToken(text: string, random: Random): RegExpExecArray | null {
  const tokens = [...text.slice(0, 65_536).matchAll(TOKEN)];
  return tokens.length === 0 ? null : random.pick(tokens);
}

function replaceToken(text: string, token: RegExpExecArray, by: string): string {
  return text.slice(0, token.index) + by + text.slice(token.index + token[0].length);
}

const swapToken = onText((text, random, other) => {
  const token = pickToken(text, random);
  if (token === null) return null;
  const theirs = pickToken(other, random)?.[0] ?? 'null';
  return replaceToken(text, token, random.chance(1, 3) ? theirs : random.pick(JSON_TOKENS));
});

/** Deep: a reader or a printer that calls itself for each level runs out of stack. */
const nest = onText((text, random) => {
  const token = pickToken(text, random);
  if (token === null) return null;
  const depth = random.pick([1, 2, 8, 1_000, 20_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ]) as [string, string];
  return replaceToken(text, token, open.repeat(depth) + token[0] + close.repeat(depth));
});

/** Long: a number or a text far above any that is meant. */
const stretch = onText((text, random) => {
  const token = pickToken(text, random);
  if (token === null) return null;
  const length = random.pick([20, 300, 5_000, 100_000]);
  const [first = ''] = token[0].replaceAll('"', '');
  const isText = token[0].startsWith('"');
  const long = (first === '' ? '9' : first).repeat(length);
  return replaceToken(text, token, isText ? `"${long}"` : long);
});

const addField = onText((text, random) => {
  const at = text.indexOf('{', random.below(text.length));
  if (at < 0) return null;
  const field = `${JSON.stringify(random.pick(NASTY_TEXTS))}:${random.pick(JSON_TOKENS)},`;
  return `${text.slice(0, at + 1)}${field}${text.slice(at + 1)}`;
});

const insertRaw = onText((text, random) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(NASTY_TEXTS) + text.slice(at);
});

export const TEXT_MUTATIONS: readonly Mutation[] = [
  swapToken,
  swapToken,
  nest,
  stretch,
  addField,
  insertRaw,
  flipBit,
  setByte,
  truncate,
  remove,
  repeat,
  splice,
];

function onSteps(
  change: (steps: Step[], random: Random, other: readonly Step[]) => readonly Step[] | null,
): Mutation {
  return (input, random, other) => {
    const steps = [...decodeSteps(input)];
    if (steps.length === 0) return null;
    const changed = change(steps, random, decodeSteps(other()));
    return changed === null ? null : encodeSteps(changed);
  };
}

const mutateStep = onSteps((steps, random, other) => {
  const at = random.below(steps.length);
  const step = steps[at] as Step;
  if (step.bytes.length === 0) return null;
  const mutation = random.pick(BYTE_MUTATIONS);
  const theirs = other.length === 0 ? step.bytes : random.pick(other).bytes;
  const bytes = mutation(step.bytes, random, () => theirs);
  if (bytes === null) return null;
  // Beside the true one or in its place.
  steps.splice(at, random.below(2), { ...step, bytes });
  return steps;
});

const dropSteps = onSteps((steps, random) => {
  steps.splice(random.below(steps.length), random.between(1, 4));
  return steps;
});

const repeatStep = onSteps((steps, random) => {
  const step = random.pick(steps);
  const times = random.chance(1, 8) ? 40 : random.between(1, 3);
  const copies = Array.from({ length: times }, () => step);
  steps.splice(random.below(steps.length + 1), 0, ...copies);
  return steps;
});

const moveStep = onSteps((steps, random) => {
  const [step] = steps.splice(random.below(steps.length), 1);
  if (step !== undefined) steps.splice(random.below(steps.length + 1), 0, step);
  return steps;
});

const borrowSteps = onSteps((steps, random, other) => {
  const from = random.below(other.length + 1);
  steps.splice(
    random.below(steps.length + 1),
    0,
    ...other.slice(from, from + random.between(1, 6)),
  );
  return steps;
});

const relabelStep = onSteps((steps, random) => {
  const at = random.below(steps.length);
  const step = steps[at] as Step;
  steps[at] = random.chance(1, 2)
    ? { ...step, who: random.below(8) }
    : { ...step, kind: random.below(8) };
  return steps;
});

export const STEP_MUTATIONS: readonly Mutation[] = [
  mutateStep,
  mutateStep,
  mutateStep,
  dropSteps,
  repeatStep,
  moveStep,
  borrowSteps,
  relabelStep,
];
