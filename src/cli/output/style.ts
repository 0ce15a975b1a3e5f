/** Colours, only where a person looks: on a terminal, without NO_COLOR (no-color.org), not on TERM=dumb. */
import { stripVTControlCharacters } from 'node:util';
import type { Sink, World } from '../world.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'faint' | 'strong';

export type Style = (tone: Tone, text: string) => string;

const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  faint: [2, 22],
  strong: [1, 22],
};

export const plain: Style = (_tone, text) => text;

const coloured: Style = (tone, text) => {
  const [on, off] = CODES[tone];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
};

export function styleFor(sink: Sink, env: World['env']): Style {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return sink.isTerminal && !refused ? coloured : plain;
}

/** Characters that a text takes on the screen, colours not counted. */
export function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
