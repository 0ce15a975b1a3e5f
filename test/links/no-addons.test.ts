import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

const DIST = path.resolve(import.meta.dirname, '../../dist/node');

/** What a program says of native helpers that somebody installed for `ws` elsewhere. */
function loadedBy(script: string): string {
  const modules = mkdtempSync(path.join(tmpdir(), 'tangaroa-addons-'));
  try {
    for (const name of ['bufferutil', 'utf-8-validate']) {
      mkdirSync(path.join(modules, name));
      writeFileSync(path.join(modules, name, 'index.js'), `console.log('loaded ${name}');`);
    }
    const env = { ...process.env, NODE_PATH: modules };
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env,
      encoding: 'utf8',
    });
  } finally {
    rmSync(modules, { recursive: true });
  }
}

it('no native helper of ws is loaded, though others have installed it', () => {
  const ws = import.meta.resolve('ws');
  expect(loadedBy(`await import('${ws}');`)).toContain('loaded bufferutil');
  for (const file of ['server', 'dialer', 'client-transport', 'index'])
    expect(loadedBy(`await import('${path.join(DIST, `${file}.js`)}');`)).toBe('');
});
