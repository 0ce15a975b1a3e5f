/** The language: one verb per line. Everything a line can say, and how it is read; docs/scenarios.md explains it. */
import { faultsTolerated } from '../../src/consensus/model/quorum.ts';
import type { NodeId } from '../../src/consensus/model/ids.ts';
import type { Condition } from './conditions.ts';
import { readCondition } from './conditions.ts';
import type { Deed } from './deeds.ts';
import { readDeed } from './deeds.ts';
import type { Selection } from './selection.ts';
import { readSelection } from './selection.ts';
import type { Nodes } from './words.ts';
import { ScriptError, Words } from './words.ts';

export type Command =
  | { readonly verb: 'nodes'; readonly size: number }
  | { readonly verb: 'traitor'; readonly node: NodeId }
  | { readonly verb: 'propose'; readonly request: string; readonly to: Nodes }
  | { readonly verb: 'deliver' | 'drop' | 'block'; readonly what: Selection }
  | { readonly verb: 'partition'; readonly sides: readonly (readonly NodeId[])[] }
  | { readonly verb: 'heal' | 'settle' }
  | { readonly verb: 'tick'; readonly count: number }
  | { readonly verb: 'run'; readonly ms: number }
  | { readonly verb: 'hold' | 'sync' | 'crash' | 'restart'; readonly nodes: readonly NodeId[] }
  | { readonly verb: 'assert' | 'until'; readonly condition: Condition }
  | { readonly verb: 'every'; readonly ms: number; readonly deed: Deed }
  | { readonly verb: 'deed' | 'try'; readonly deed: Deed }
  | { readonly verb: 'live'; readonly withinMs: number | null };

export interface Line {
  readonly number: number;
  readonly text: string;
  /** Null for a comment or an empty line. */
  readonly command: Command | null;
}

export interface Scenario {
  readonly name: string;
  /** The mutants that this scenario breaks. */
  readonly breaks: readonly string[];
  readonly size: number;
  readonly traitors: readonly NodeId[];
  readonly lines: readonly Line[];
}

type Reader = (words: Words) => Command;

/** Every verb of a line that does not begin with a traitor's name. */
export const VERBS: Readonly<Record<string, Reader>> = {
  nodes: (words) => ({ verb: 'nodes', size: words.number('a number of nodes') }),
  traitor: (words) => ({ verb: 'traitor', node: words.node() }),
  propose: (words) => ({
    verb: 'propose',
    request: words.name('a name for the request'),
    to: words.to(),
  }),
  deliver: (words) => ({ verb: 'deliver', what: readSelection(words) }),
  drop: (words) => ({ verb: 'drop', what: readSelection(words) }),
  block: (words) => ({ verb: 'block', what: readSelection(words) }),
  partition: readPartition,
  heal: () => ({ verb: 'heal' }),
  settle: () => ({ verb: 'settle' }),
  tick: (words) => ({ verb: 'tick', count: words.next === undefined ? 1 : ticks(words) }),
  run: (words) => ({ verb: 'run', ms: words.number('milliseconds') }),
  hold: (words) => ({ verb: 'hold', nodes: words.nodes() }),
  sync: (words) => ({ verb: 'sync', nodes: words.nodes() }),
  crash: (words) => ({ verb: 'crash', nodes: words.nodes() }),
  restart: (words) => ({ verb: 'restart', nodes: words.nodes() }),
  assert: (words) => ({ verb: 'assert', condition: readCondition(words) }),
  until: (words) => ({ verb: 'until', condition: readCondition(words) }),
  every: (words) => ({
    verb: 'every',
    ms: words.number('milliseconds'),
    deed: readDeed(words),
  }),
  try: (words) => ({ verb: 'try', deed: readDeed(words) }),
  live: (words) => ({
    verb: 'live',
    withinMs: words.take('within') ? words.number('milliseconds') : null,
  }),
};

function ticks(words: Words): number {
  return words.number('a number of ticks');
}

function readPartition(words: Words): Command {
  const sides = [words.nodes()];
  while (words.take('|')) sides.push(words.nodes());
  return { verb: 'partition', sides };
}

/** Reads a script; throws a `ScriptError` that names file, line and what was expected. */
export function parseScenario(text: string, name: string): Scenario {
  const lines: Line[] = [];
  const breaks: string[] = [];
  let size = 0;
  const traitors: NodeId[] = [];
  for (const [i, raw] of text.trimEnd().split('\n').entries()) {
    const number = i + 1;
    const header = /^breaks:\s*(\S+)$/u.exec(raw.trim())?.[1];
    if (header !== undefined) breaks.push(header);
    const command = header === undefined ? readLine(raw, `${name}:${number}`, size) : null;
    if (command !== null && size === 0 && command.verb !== 'nodes')
      throw new ScriptError(`${name}:${number}: expected “nodes” first, found “${command.verb}”`);
    if (command?.verb === 'nodes') size = command.size;
    if (command?.verb === 'traitor') traitors.push(command.node);
    lines.push({ number, text: raw.trimEnd(), command });
  }
  const scenario = { name, breaks, size, traitors, lines };
  checkWhole(scenario);
  return scenario;
}

function readLine(raw: string, where: string, size: number): Command | null {
  const words = new Words(raw.replace(/#.*/u, ''), where, size);
  if (words.next === undefined) return null;
  const command = readCommand(words);
  words.end();
  return command;
}

function readCommand(words: Words): Command {
  if (words.atNode) return { verb: 'deed', deed: readDeed(words) };
  const read = VERBS[words.next ?? ''];
  if (read === undefined)
    throw words.expected(`a verb (${Object.keys(VERBS).join(', ')}) or a traitor's name`);
  words.word('a verb');
  return read(words);
}

/** What holds for the file as a whole: a bounded number of traitors, who alone do deeds, and an end in liveness. */
function checkWhole({ name, size, traitors, lines }: Scenario): void {
  const commands = lines.flatMap(({ command, number }) =>
    command === null ? [] : [{ command, where: `${name}:${number}` }],
  );
  if (new Set(traitors).size > faultsTolerated(size))
    throw new ScriptError(
      `${name}: ${size} nodes tolerate ${faultsTolerated(size)} traitors, not ${traitors.length}`,
    );
  const turned = new Set<NodeId>();
  for (const [i, { command, where }] of commands.entries()) {
    if (command.verb === 'traitor') turned.add(command.node);
    if ('deed' in command && !turned.has(command.deed.node))
      throw new ScriptError(`${where}: expected a traitor, found ${command.deed.node}`);
    if (command.verb === 'nodes' && i > 0) throw new ScriptError(`${where}: “nodes” stands first`);
    if (command.verb === 'live' && i < commands.length - 1)
      throw new ScriptError(`${where}: expected nothing after “live”, which is the end`);
  }
  if (commands.at(-1)?.command.verb !== 'live')
    throw new ScriptError(`${name}: a scenario ends in liveness: expected “live” as the last line`);
}
