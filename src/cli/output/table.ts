/** Tables for people: a header, columns as wide as their widest cell, numbers to the right. */
import { visibleLength } from './style.ts';
import type { Style } from './style.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - visibleLength(text)));
  return align === 'right' ? space + text : text + space;
}

/** The lines of a table, each ending in a newline; no spaces at their ends. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  const widths = columns.map((column, at) =>
    Math.max(visibleLength(column.title), ...rows.map((row) => visibleLength(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, at) => pad(cells[at] ?? '', widths[at] ?? 0, column.align ?? 'left'))
      .join('  ')
      .trimEnd();
  const header = style('strong', line(columns.map((column) => column.title)));
  return [header, ...rows.map(line)].map((text) => `${text}\n`).join('');
}
