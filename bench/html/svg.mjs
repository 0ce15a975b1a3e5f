/** Elements as text. Whatever comes from outside is escaped here, and nowhere else. */

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that a browser takes for text. @typedef {{ readonly markup: string }} Markup */
/** @typedef {string | number | Markup | readonly (string | number | Markup)[]} Content plain text is escaped */

/** @param {string} text */
export function escapeText(text) {
  return text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}

/** @param {Content} content @returns {string} */
function contentOf(content) {
  if (typeof content === 'string') return escapeText(content);
  if (typeof content === 'number') return rounded(content);
  if ('markup' in content) return content.markup;
  return content.map(contentOf).join('');
}

/** A hundredth of a pixel is enough. @param {number} value */
function rounded(value) {
  return String(Math.round(value * 100) / 100);
}

/**
 * @param {string} name
 * @param {Readonly<Record<string, string | number | undefined>>} attributes those that are undefined are left out
 * @param {Content} content
 * @returns {Markup}
 */
export function element(name, attributes, content = []) {
  const written = Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [` ${key}="${typeof value === 'number' ? rounded(value) : escapeText(value)}"`];
  });
  return { markup: `<${name}${written.join('')}>${contentOf(content)}</${name}>` };
}

/** @param {number} x @param {number} y @param {string} text @param {Readonly<Record<string, string | number>>} attributes */
export function label(x, y, text, attributes = {}) {
  return element('text', { x, y, ...attributes }, text);
}

/** @param {readonly (readonly [number, number])[]} points @returns {string} of a path, straight from one to the next */
export function pathThrough(points) {
  return points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`).join('');
}
