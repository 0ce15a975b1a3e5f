import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { run } from './fake-world.ts';

/** What bash would offer for a command line, its last word being completed. */
async function complete(...words: readonly string[]): Promise<string[]> {
  const { out } = await run(['completion', 'bash']);
  const quoted = ['tangaroa', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${out}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _tangaroa; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '');
}

test('bash completes commands, subcommands, flags and the values of flags', async () => {
  expect(await complete('comp')).toEqual(['completion']);
  expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await complete('completion', '--h')).toEqual(['--help']);
  expect(await complete('keys', '')).toEqual(['generate', 'show', 'check']);
  expect(await complete('evidence', '')).toEqual(['list', 'show', 'verify', 'export', 'watch']);
  expect(await complete('evidence', 'show', '--e')).toEqual(['--explain']);
  expect(await complete('keys', 'generate', '--k')).toEqual(['--kind']);
  expect(await complete('keys', 'generate', '--kind', '')).toEqual(['client', 'node']);
  expect(await complete('init', 'd', '--protocol', '')).toEqual(['tangaroa', 'raft']);
  expect(await complete('get', 'somekey', '--key-as', 'h')).toEqual(['hex']);
  expect(await complete('start', '--superv')).toEqual([]);
});

test('every shell has a script, and another is refused', async () => {
  expect((await run(['completion', 'zsh'])).out).toMatch(/^#compdef tangaroa\n/u);
  expect((await run(['completion', 'fish'])).out).toContain("complete -c tangaroa -n '__fish_use");
  expect(await run(['completion', 'tcsh'])).toMatchObject({ code: 2, out: '' });
});
