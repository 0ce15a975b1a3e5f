/** The repository's own check: reads the sources as text and says where they break the order of the house. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { MINT, NODE_ROOMS, ROOMS, WORLD } from './house.ts';

/** Removes what is no code. A template's text goes too; what stands in its braces stays. */
const NO_CODE =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n[])+\/[dgimsuvy]+(?=[\s.,;)])/gu;
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/gmu;
const IMPORT =
  /(?:^|[\s;])(?:import|export)\s[^'";]*?\bfrom\s*(['"])([^'"\n]+)\1|\bimport\s*\(?\s*(['"])([^'"\n]+)\3/gu;
const VERIFIED_CAST =
  /\bas\s+(?:unknown\s+as\s+)?[^;(){}=]*?\bVerified\s*<|<\s*Verified\s*<[^;]*>\s*[\w(]/u;

/** One finding is one line: `file: what is wrong`. Sorted by file. */
export function checkHouse(root: string): string[] {
  const source = join(root, 'src');
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .flatMap((path) =>
      checkFile(path, readFileSync(join(source, path), 'utf8')).map(
        (finding) => `src/${path}: ${finding}`,
      ),
    );
}

/** To set a variable is not to read one. */
const READS_WORLD = /\bprocess\.(?:argv\b|env\b(?!\[[^\]]*\] = ))/u;

function checkFile(path: string, text: string): string[] {
  const room = roomOf(path);
  if (room === null) return ['stands in no room of the house'];
  const code = text.replace(NO_CODE, (part) => (part.startsWith('`') ? bracesOf(part) : ' '));
  return [
    ...importsOf(text).flatMap((specifier) => checkImport(path, room, specifier)),
    ...(room !== MINT && VERIFIED_CAST.test(code) ? [`casts to Verified, only ${MINT}/ may`] : []),
    ...(NODE_ROOMS.includes(room) ? [] : checkPure(code)),
    ...(room !== WORLD && READS_WORLD.test(code)
      ? [`reads arguments or environment, only ${WORLD}/ may`]
      : []),
  ];
}

function bracesOf(template: string): string {
  return [...template.matchAll(/\$\{([^`]*?)\}/gu)].map((match) => match[1]).join(';');
}

function checkPure(code: string): string[] {
  return [
    ...(/(?<![.\w])Date\b(?!\s*:)/u.test(code) ? ['reads the clock (Date)'] : []),
    ...(/\bMath\s*\.\s*random\b/u.test(code) ? ['draws chance (Math.random)'] : []),
  ];
}

/** The room of a path below src/, without suffix, or null. */
function roomOf(path: string): string | null {
  const name = path.replace(/\.ts$/u, '');
  const rooms = Object.keys(ROOMS).filter((room) => name === room || name.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? null;
}

function importsOf(text: string): string[] {
  const matches = text.replace(COMMENT, ' ').matchAll(IMPORT);
  return [...matches].map((match) => match[2] ?? match[4] ?? '');
}

function checkImport(path: string, room: string, specifier: string): string[] {
  const own = ROOMS[room];
  if (own === undefined) return [];
  if (specifier.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    const other = target.startsWith('..') ? null : roomOf(target);
    if (other === null) return [`imports ${specifier}, which is outside the house`];
    return other === room || own.imports.includes(other) ? [] : [`imports ${other} (${specifier})`];
  }
  if (specifier.startsWith('node:')) {
    return NODE_ROOMS.includes(room) ? [] : [`imports ${specifier}, only node/ and cli/ may`];
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return own.packages.includes(name) ? [] : [`imports the package ${name}`];
}
