/**
 * The key-value machine as its users understand it, written once more and without the machine's code: which answers a
 * command may get in a state, and which states it may leave behind.
 */
import type { Compare, Operation, Relation, Transaction } from '../../../src/machine/command.ts';
import type { OperationResult, Result } from '../../../src/machine/result.ts';
import type { Revision, Value } from '../../../src/machine/value.ts';
import type { Command, Unit } from './history.ts';
import { compareBytes } from '../../../src/base/bytes.ts';

export interface Item {
  readonly value: Value;
  /** As the write's answer said; null where there was none. */
  readonly revision: Revision | null;
}

/** Null: there is nothing. */
export type Content = Item | null;

const OVERFLOW = 1n << 63n;

function isSameValue(a: Value, b: Value): boolean {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a === b;
  return compareBytes(a, b) === 0;
}

function isSameRevision(a: Revision, b: Revision): boolean {
  return a.index === b.index && a.order === b.order;
}

/** What an operation leaves behind when it was answered so (null: not answered), or its error. */
type Effect =
  | { readonly type: 'done'; readonly content: Content }
  | { readonly type: 'error'; readonly code: string }
  | { readonly type: 'other answer' };

const OTHER: Effect = { type: 'other answer' };

function done(content: Content): Effect {
  return { type: 'done', content };
}

function operate(before: Content, operation: Operation, answer: OperationResult | null): Effect {
  const isOther = answer !== null && answer.type !== operation.type;
  if (isOther) return OTHER;
  const revision = answer !== null && 'revision' in answer ? answer.revision : null;
  switch (operation.type) {
    case 'put':
      return done({ value: operation.value, revision });
    case 'get':
      if (answer?.type === 'get' && !isFound(before, answer.found)) return OTHER;
      return done(before);
    case 'delete':
      if (answer?.type === 'delete' && answer.existed !== (before !== null)) return OTHER;
      return done(null);
    case 'increment': {
      const counter = before?.value ?? 0n;
      if (typeof counter !== 'bigint') return { type: 'error', code: 'not-a-counter' };
      const value = counter + operation.by;
      if (value < -OVERFLOW || value >= OVERFLOW)
        return { type: 'error', code: 'counter-overflow' };
      if (answer?.type === 'increment' && answer.value !== value) return OTHER;
      return done({ value, revision });
    }
  }
}

function isFound(content: Content, found: Content): boolean {
  if (content === null || found === null) return content === found;
  if (!isSameValue(content.value, found.value)) return false;
  const { revision } = content;
  return revision === null || found.revision === null || isSameRevision(revision, found.revision);
}

function isRelated(relation: Relation, sign: number | null): boolean {
  switch (relation) {
    case 'equal':
      return sign === 0;
    case 'not-equal':
      return sign !== 0;
    case 'less':
      return sign !== null && sign < 0;
    case 'greater':
      return sign !== null && sign > 0;
  }
}

function signOf(a: Value, b: Value): number | null {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? Number(a > b) - Number(a < b) : null;
  return typeof b === 'bigint' ? null : compareBytes(a, b);
}

/** Null: nobody knows, for nobody was told the revision. */
function holds(content: Content, compare: Compare): boolean | null {
  switch (compare.type) {
    case 'exists':
      return (content !== null) === compare.exists;
    case 'value':
      return isRelated(
        compare.relation,
        content === null ? null : signOf(content.value, compare.value),
      );
    case 'revision': {
      const revision = content === null ? { index: 0, order: 0 } : content.revision;
      if (revision === null) return null;
      const sign =
        revision.index - compare.revision.index || revision.order - compare.revision.order;
      return isRelated(compare.relation, sign);
    }
  }
}

/** Whether the compares may hold, and whether they may not. */
function branches(content: Content, { compares }: Transaction): readonly boolean[] {
  const held = compares.map((compare) => holds(content, compare));
  if (held.includes(false)) return [false];
  return held.includes(null) ? [true, false] : [true];
}

function transact(
  before: Content,
  transaction: Transaction,
  answer: Result | null,
): readonly Content[] {
  const contents: Content[] = [];
  for (const succeeded of branches(before, transaction)) {
    if (answer?.type === 'transaction' && answer.succeeded !== succeeded) continue;
    const operations = succeeded ? transaction.then : transaction.else;
    const content = runAll(before, operations, answer);
    if (content !== undefined) contents.push(content);
  }
  return contents;
}

/** All of the operations or none; undefined where the answer would have been another. */
function runAll(
  before: Content,
  operations: readonly Operation[],
  answer: Result | null,
): Content | undefined {
  const results = answer?.type === 'transaction' ? answer.results : null;
  if (results !== null && results.length !== operations.length) return undefined;
  let content = before;
  for (const [at, operation] of operations.entries()) {
    const effect = operate(content, operation, results?.[at] ?? null);
    if (effect.type === 'other answer') return undefined;
    if (effect.type === 'error') return isError(answer, effect.code, at) ? before : undefined;
    content = effect.content;
  }
  return answer?.type === 'error' ? undefined : content;
}

/** Whether that error is the answer, or there is none. */
function isError(answer: Result | null, code: string, operation: number | null): boolean {
  if (answer === null) return true;
  return answer.type === 'error' && answer.code === code && answer.operation === operation;
}

/** What a key may hold after the command; nothing where no such answer can be given. */
export function contentsAfter(
  before: Content,
  command: Command,
  answer: Result | null,
): readonly Content[] {
  if (answer?.type === 'scan') return [];
  if (command.type === 'transaction') {
    const isOther = answer !== null && answer.type !== 'transaction' && answer.type !== 'error';
    return isOther ? [] : transact(before, command, answer);
  }
  if (answer?.type === 'transaction') return [];
  const result = answer?.type === 'error' ? null : answer;
  const effect = operate(before, command, result);
  if (effect.type === 'other answer') return [];
  if (effect.type === 'error') return isError(answer, effect.code, null) ? [before] : [];
  return answer?.type === 'error' ? [] : [effect.content];
}

/** All keys together. Two states are the same when their texts are. */
export class KeyValueState {
  readonly #contents: ReadonlyMap<string, Item>;
  readonly text: string;

  constructor(contents: ReadonlyMap<string, Item> = new Map()) {
    this.#contents = contents;
    this.text = [...contents]
      .map(([key, item]) => `${key} = ${textOfItem(item)}`)
      .sort()
      .join(', ');
  }

  with(key: string, content: Content): KeyValueState {
    const before = this.#contents.get(key) ?? null;
    if (before === content) return this;
    const contents = new Map(this.#contents);
    if (content === null) contents.delete(key);
    else contents.set(key, content);
    return new KeyValueState(contents);
  }

  /** Every state that the whole unit may leave behind. */
  after(unit: Unit): readonly KeyValueState[] {
    let states: readonly KeyValueState[] = [this];
    for (const [i, { key, command }] of unit.calls.entries()) {
      const result = unit.answer?.results[i] ?? null;
      states = states.flatMap((state) =>
        contentsAfter(state.#contents.get(key) ?? null, command, result).map((content) =>
          state.with(key, content),
        ),
      );
    }
    return states;
  }
}

export function textOfValue(value: Value): string {
  return typeof value === 'bigint'
    ? String(value)
    : JSON.stringify(new TextDecoder().decode(value));
}

function textOfItem({ value, revision }: Item): string {
  const at = revision === null ? '?' : `${revision.index}.${revision.order}`;
  return `${textOfValue(value)} (${at})`;
}
