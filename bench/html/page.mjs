/** A report of the benchmark as a page. */
import { FIGURES } from '../figures/figures.mjs';
import { machineLine } from '../machine/machine.mjs';
import { paceText } from '../text/format.mjs';
import { htmlDocument, htmlTable } from './document.mjs';
import { element } from './svg.mjs';

/** @typedef {import('../reports/sections.mjs').Section} Section */

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
  return htmlDocument(title, [
    element('h1', {}, title),
    element('p', { class: 'lead' }, lead),
    element('p', { class: 'machine' }, machineLine(machine, loadAtEnd)),
    element('p', { class: 'machine' }, how),
    ...notes.map((note) => element('p', { class: 'note' }, note)),
    ...sections.map(htmlSection),
    ...(result.rows.length === 0 ? [] : [glossary()]),
    element('footer', {}, `npm run bench -- ${result.report}`),
  ]);
}
