/**
 * Linearizability of what honest clients were told (C3, C5): there is one order of all requests that explains every
 * answer, and in it whatever was answered before another request was sent comes before that. Checked for each key alone,
 * where a fault is easy to read, and then for all keys together, where a request that was torn apart shows.
 */
import type { Checker } from './checker.ts';
import { Violation } from './checker.ts';
import type { Call, Unit } from './history.ts';
import { History, keysOf, ofKey } from './history.ts';
import { textOfValue } from './key-value-model.ts';
import type { DeadEnd } from './search.ts';
import { search } from './search.ts';
import type { Compare } from '../../../src/machine/command.ts';
import type { Result } from '../../../src/machine/result.ts';
import type { Revision } from '../../../src/machine/value.ts';

/** A search that needs more says that it does not know. Histories of a run need little more than a step for a unit. */
const STEPS_MAX = 200_000;
/** How many of the units that stand before the fault are shown. */
const SHOWN = 4;

/** The run is worth nothing: whether its history is right is not known. */
export class Undecided extends Error {
  override readonly name = 'Undecided';
}

export class Linearizable implements Checker {
  readonly name = 'linearizable';
  readonly history = new History();

  finished(): void {
    const { units } = this.history;
    checkLogOrder(this.name, units);
    for (const key of keysOf(units)) checkUnits(this.name, `key ${key}`, ofKey(units, key));
    checkUnits(this.name, 'all keys together', units);
    checkRevisions(this.name, units);
  }
}

/**
 * Demands an order of these units. The log's own is tried first: it is quickly decided, and if it explains every answer
 * there is an order. If it does not, something is wrong; whether any other order does says what.
 */
export function checkUnits(
  checker: string,
  what: string,
  units: readonly Unit[],
  stepsMax = STEPS_MAX,
): void {
  const log = search(units, { stepsMax, isLogOrder: true });
  if (log.type === 'linearizable') return;
  const any = search(units, { stepsMax, isLogOrder: false });
  const fail = (why: string, deadEnd: DeadEnd): never => {
    throw new Violation(checker, `${what}: ${why}\n${excerpt(deadEnd)}`);
  };
  if (any.type === 'not linearizable')
    fail(`no order of ${units.length} requests explains the answers`, any.deadEnd);
  else if (log.type === 'not linearizable')
    fail(
      any.type === 'linearizable'
        ? 'the order of the log does not explain the answers, though another one would'
        : 'the order of the log does not explain the answers',
      log.deadEnd,
    );
  else if (any.type === 'undecided')
    throw new Undecided(
      `${checker}: undecided after ${log.steps} and ${any.steps} steps: ${what}, ${units.length} requests`,
    );
}

/** N4, C3: an index never belongs to two moments: what was answered before a request was sent lies in an earlier entry. */
export function checkLogOrder(checker: string, units: readonly Unit[]): void {
  const answers = units
    .filter(({ answer }) => answer !== null)
    .sort((a, b) => (a.answer?.order ?? 0) - (b.answer?.order ?? 0));
  let next = 0;
  let latest: Unit | null = null;
  for (const unit of units) {
    for (; (answers[next]?.answer?.order ?? Infinity) < unit.called.order; next++)
      if ((latest?.answer?.index ?? 0) < (answers[next]?.answer?.index ?? 0))
        latest = answers[next] as Unit;
    if (latest === null || unit.answer === null) continue;
    if (unit.answer.index > (latest.answer?.index ?? 0)) continue;
    throw new Violation(
      checker,
      `a later request stands earlier in the log\n${describe(latest)}\n${describe(unit)}`,
    );
  }
}

/** Each write has a revision of its own: of the entry that executed it, and rising within a request. */
export function checkRevisions(checker: string, units: readonly Unit[]): void {
  const writers = new Map<string, Unit>();
  for (const unit of units) {
    let order = -1;
    for (const revision of unit.answer?.results.flatMap(revisionsOf) ?? []) {
      const text = `${revision.index}.${revision.order}`;
      const other = writers.get(text);
      if (other !== undefined)
        throw new Violation(
          checker,
          `two writes have revision ${text}\n${describe(other)}\n${describe(unit)}`,
        );
      writers.set(text, unit);
      if (revision.index !== unit.answer?.index || revision.order <= order)
        throw new Violation(checker, `revision ${text} is not in its place\n${describe(unit)}`);
      order = revision.order;
    }
  }
}

function revisionsOf(result: Result): readonly Revision[] {
  if (result.type === 'transaction') return result.results.flatMap(revisionsOf);
  return result.type === 'put' || result.type === 'increment' ? [result.revision] : [];
}

function excerpt({ ordered, state, stuck }: DeadEnd): string {
  const shown = ordered.slice(-SHOWN).map((unit) => `  ${describe(unit)}`);
  return [
    `${ordered.length} of them can be put in order${shown.length === 0 ? '' : ', the last ones'}:`,
    ...shown,
    `after them stands ${state.text === '' ? 'nothing' : state.text}; none of these can come next:`,
    ...stuck.map((unit) => `  ${describe(unit)}`),
  ].join('\n');
}

/** Who asked for what and when, and what came of it. */
function describe({ name, calls, called, answer }: Unit): string {
  const asked = calls.map((call, i) => {
    const result = answer?.results[i];
    return result === undefined ? textOfCall(call) : `${textOfCall(call)} → ${textOf(result)}`;
  });
  const until = answer === null ? 'never answered' : `${answer.ms} ms, entry ${answer.index}`;
  return `${name} [${called.ms} ms .. ${until}] ${asked.join('; ')}`;
}

function textOfCall({ key, command }: Call): string {
  switch (command.type) {
    case 'put':
      return `put ${key} ${textOfValue(command.value)}`;
    case 'increment':
      return `increment ${key} by ${command.by}`;
    case 'transaction': {
      const run = (operations: typeof command.then): string =>
        operations.map((operation) => textOfCall({ key, command: operation })).join(', ');
      const compares = command.compares.map(textOfCompare).join(', ');
      return `if ${key} ${compares} then ${run(command.then)} else ${run(command.else)}`;
    }
    default:
      return `${command.type} ${key}`;
  }
}

function textOfCompare(compare: Compare): string {
  switch (compare.type) {
    case 'exists':
      return compare.exists ? 'exists' : 'does not exist';
    case 'value':
      return `${compare.relation} ${textOfValue(compare.value)}`;
    case 'revision':
      return `revision ${compare.relation} ${compare.revision.index}.${compare.revision.order}`;
  }
}

function textOf(result: Result): string {
  const at = 'revision' in result ? ` (${result.revision.index}.${result.revision.order})` : '';
  switch (result.type) {
    case 'put':
      return `written${at}`;
    case 'get': {
      if (result.found === null) return 'nothing';
      const { value, revision } = result.found;
      return `${textOfValue(value)} (${revision.index}.${revision.order})`;
    }
    case 'delete':
      return result.existed ? 'deleted' : 'nothing there';
    case 'increment':
      return `${result.value}${at}`;
    case 'transaction':
      return `${result.succeeded ? 'then' : 'else'}: ${result.results.map(textOf).join(', ')}`;
    case 'error':
      return result.code + (result.operation === null ? '' : ` at ${result.operation}`);
    case 'scan':
      return `${result.items.length} items`;
  }
}
