/** Tables as data: the terminal and the page print the same ones. */

/**
 * @typedef {object} Table
 * @property {readonly { title: string, meaning?: string, left?: boolean }[]} columns numbers stand right
 * @property {readonly (readonly string[])[]} rows a row of one empty cell is a gap
 */

/** @param {Table} table @returns {string} with a line's end */
export function formatTable({ columns, rows }) {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  /** @param {readonly string[]} cells */
  const line = (cells) =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return columns[at]?.left === true ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  const lines = [line(columns.map(({ title }) => title)), ...rows.map(line)];
  return `${lines.join('\n')}\n`;
}
