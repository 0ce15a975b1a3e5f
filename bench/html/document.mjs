/** One page, complete in itself: no script, nothing from elsewhere. */
import { STYLE } from './style.mjs';
import { element } from './svg.mjs';

/** @typedef {import('./svg.mjs').Content} Content */
/** @typedef {import('./svg.mjs').Markup} Markup */

/**
 * As `text/table.mjs` has it, with elements in cells where plain text is not enough.
 *
 * @typedef {object} RichTable
 * @property {import('../text/table.mjs').Table['columns']} columns
 * @property {readonly (readonly Content[])[]} rows a row of one empty cell is a gap, of one other a heading
 */

/** @param {RichTable} table */
export function htmlTable({ columns, rows }) {
  const kind = columns.map(({ left }) => (left === true ? 'left' : undefined));
  const head = columns.map(({ title, meaning }, at) =>
    element('th', { class: kind[at], title: meaning }, title),
  );
  const body = rows.map((row) => {
    if (row.length !== 1) {
      const cells = columns.map((_, at) => element('td', { class: kind[at] }, row[at] ?? ''));
      return element('tr', {}, cells);
    }
    const [cell = ''] = row;
    const name = cell === '' ? 'gap' : 'heading';
    return element('tr', { class: name }, element('td', { colspan: columns.length }, cell));
  });
  const table = element('table', {}, [
    element('thead', {}, element('tr', {}, head)),
    element('tbody', {}, body),
  ]);
  return element('div', { class: 'scroll' }, table);
}

/**
 * @param {string} title
 * @param {readonly Markup[]} content
 * @param {string} [style] CSS beside that of every page
 * @returns {string} HTML
 */
export function htmlDocument(title, content, style = '') {
  const head = [
    { markup: '<meta charset="utf-8">' },
    { markup: '<meta name="viewport" content="width=device-width,initial-scale=1">' },
    element('title', {}, title),
    element('style', {}, { markup: STYLE + style }),
  ];
  const page = element('html', { lang: 'en' }, [
    element('head', {}, head),
    element('body', {}, element('main', {}, content)),
  ]);
  return `<!doctype html>\n${page.markup}\n`;
}
