/** Words of others - files, peers, strangers - as they may stand in a message for a person. */

const CHARACTERS_MAX = 200;

/** Control characters, and those that turn or hide what is around them, escaped as in JSON; no longer than a line. */
export function shown(text: string, charactersMax: number = CHARACTERS_MAX): string {
  const cut = text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
  return cut.replace(
    /\p{C}/gu,
    (character) =>
      `\\u${(character.codePointAt(0) as number).toString(16).toLowerCase().padStart(4, '0')}`,
  );
}

/** A value out of a document: a text in quotes, a number as it is, of anything else only what it is. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return `"${shown(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'nothing';
  // Not its JSON: it may be as deep as the document is long.
  return Array.isArray(value) ? 'a list' : 'an object';
}
