/** One page, complete in itself: no script, nothing from elsewhere. */
import { FIGURES } from '../figures/figures.mjs';
import { machineLine } from '../machine/machine.mjs';
import { paceText } from '../text/format.mjs';
import { STYLE } from './style.mjs';
import { element } from './svg.mjs';

/** @typedef {import('../reports/sections.mjs').Section} Section */
/** @typedef {import('../text/table.mjs').Table} Table */

/** @param {Table} table */
function htmlTable({ columns, rows }) {
  const kind = columns.map(({ left }) => (left === true ? 'left' : undefined));
  const head = columns.map(({ title, meaning }, at) =>
    element('th', { class: kind[at], title: meaning }, title),
  );
  const body = rows.map((row) =>
    row.length === 1 && row[0] === ''
      ? element('tr', { class: 'gap' }, element('td', { colspan: columns.length }))
      : element(
          'tr',
          {},
          columns.map((_, at) => element('td', { class: kind[at] }, row[at] ?? '')),
        ),
  );
  const table = element('table', {}, [
    element('thead', {}, element('tr', {}, head)),
    element('tbody', {}, body),
  ]);
  return element('div', { class: 'scroll' }, table);
}

/** @param {Section} section */
function htmlSection({ title, text, plot, table, folded = false }) {
  const parts = [
    ...(text === undefined ? [] : [element('p', {}, text)]),
    ...(plot === undefined ? [] : [{ markup: plot() }]),
  ];
  if (table === undefined) return element('section', {}, [element('h2', {}, title), ...parts]);
  const figures = folded
    ? element('details', {}, [element('summary', {}, 'figures'), htmlTable(table)])
    : htmlTable(table);
  return element('section', {}, [element('h2', {}, title), ...parts, figures]);
}

function glossary() {
  const terms = FIGURES.flatMap(({ title, meaning }) => [
    element('dt', {}, title),
    element('dd', {}, meaning),
  ]);
  return element('section', {}, [
    element('h2', {}, 'What the columns mean'),
    element('dl', {}, terms),
  ]);
}

/**
 * @param {{ title: string, lead: string, sections: readonly Section[] }} report
 * @param {import('../run/result.mjs').Result} result
 * @returns {string} HTML
 */
export function htmlPage({ title, lead, sections }, result) {
  const { pace, notes, machine, loadAtEnd } = result;
  const how = `Figures are ${paceText(pace)}; bands and whiskers show the lowest and the highest round. All processes share one machine; only ratios travel to other machines.`;
  const body = element('main', {}, [
    element('h1', {}, title),
    element('p', { class: 'lead' }, lead),
    element('p', { class: 'machine' }, machineLine(machine, loadAtEnd)),
    element('p', { class: 'machine' }, how),
    ...notes.map((note) => element('p', { class: 'note' }, note)),
    ...sections.map(htmlSection),
    ...(result.rows.length === 0 ? [] : [glossary()]),
    element('footer', {}, `npm run bench -- ${result.report}`),
  ]);
  const head = [
    { markup: '<meta charset="utf-8">' },
    { markup: '<meta name="viewport" content="width=device-width,initial-scale=1">' },
    element('title', {}, title),
    element('style', {}, { markup: STYLE }),
  ];
  const page = element('html', { lang: 'en' }, [
    element('head', {}, head),
    element('body', {}, body),
  ]);
  return `<!doctype html>\n${page.markup}\n`;
}
