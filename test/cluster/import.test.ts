import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RealCluster } from './real-cluster.ts';

const LIMIT_MS = 90_000;
const RECORDS = 2_000;

/** Records as those of a package list: names that sort as bytes do, JSON text as values. */
function sampleLines(): string[] {
  return Array.from({ length: RECORDS }, (_, at) =>
    JSON.stringify({
      key: `debian/package-${String(at).padStart(5, '0')}`,
      value: JSON.stringify({ version: `1.${at}-1`, description: `pākehā "${at}" \\ \u0001` }),
    }),
  );
}

test('import, then export sorted: byte for byte the same', { timeout: LIMIT_MS }, async () => {
  await using cluster = await RealCluster.make();
  await cluster.start();
  const text = `${sampleLines().join('\n')}\n`;
  writeFileSync(path.join(cluster.cwd, 'sample.jsonl'), text);
  const imported = await cluster.run(['import', 'sample.jsonl', '--json']);
  expect(imported).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(imported.out)).toMatchObject({ records: RECORDS });
  const exported = await cluster.run(['export']);
  expect(exported.err).toBe('exported 2,000 records\n');
  expect(exported.out).toBe(text);

  const page = await cluster.run(['scan', '--prefix', 'debian/package-0000', '--limit', '3']);
  expect(page.out.split('\n').map((line) => line.split('\t')[0])).toEqual([
    'debian/package-00000',
    'debian/package-00001',
    'debian/package-00002',
    '',
  ]);
  const cursor = /--cursor ([0-9a-f]+)/u.exec(page.err)?.[1] ?? '';
  const more = ['scan', '--prefix', 'debian/package-0000', '--keys-only', '--cursor', cursor];
  expect((await cluster.run(more)).out.split('\n')).toHaveLength(7 + 1);

  const bytes = '{"keyHex":"00ff","valueBase64":"gIE="}\n{"key":"n","counter":"-5"}\n';
  expect(await cluster.run(['import', '-'], { stdin: bytes })).toMatchObject({ code: 0 });
  expect((await cluster.run(['export', '--from', 'A', '--to', 'a'])).out).toBe('');
  expect((await cluster.run(['export', '--key-as', 'hex', '--to', '01'])).out).toBe(
    '{"keyHex":"00ff","valueHex":"8081"}\n',
  );
  expect((await cluster.run(['export', '--prefix', 'n'])).out).toBe('{"key":"n","counter":"-5"}\n');
  expect((await cluster.run(['increment', 'n', '7'])).out).toBe('2\n');
  expect(await cluster.run(['increment', 'debian/package-00000'])).toMatchObject({ code: 3 });
});

test(
  'a bad line, a missing role, a large value: named, and nothing lost',
  { timeout: LIMIT_MS },
  async () => {
    await using cluster = await RealCluster.make();
    await cluster.start();
    const stdin =
      '{"key":"a","value":"1"}\n{"key":"b","value":"2"}\n{"key":\n{"key":"c","value":"3"}\n';
    const bad = await cluster.run(['import', '-'], { stdin });
    expect(bad).toMatchObject({ code: 3, out: '' });
    expect(bad.err).toMatch(
      /^tangaroa: standard input:3: the line is not JSON: .*; lines 1 to 2 are in; go on with --from-line 3\n$/u,
    );
    expect((await cluster.run(['export'])).out).toBe(
      '{"key":"a","value":"1"}\n{"key":"b","value":"2"}\n',
    );
    const role = await cluster.run(['put', 'a', '2', '--key', 'reader']);
    expect(role).toMatchObject({ code: 7, out: '' });
    expect(role.err).toContain('role');
    const large = 'x'.repeat(1_048_577);
    const refused = await cluster.run(['put', 'a', '--file', '-'], { stdin: large });
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.err).toContain('1048576');
    expect((await cluster.run(['put', 'a', '--file', '-'], { stdin: large.slice(1) })).code).toBe(
      0,
    );
    expect((await cluster.run(['get', 'a', '--raw'])).out).toHaveLength(1_048_576);
    expect(await cluster.run(['get', 'nothing'])).toMatchObject({ code: 4, out: '' });
    expect((await cluster.run(['delete', 'a'])).out).toBe('deleted\n');
    expect((await cluster.run(['delete', 'a'])).out).toBe('absent\n');

    const lock =
      '{"if":[{"key":"lock","exists":false}],"then":[{"type":"put","key":"lock","value":"me"}]}';
    const first = await cluster.run(['txn', '--json'], { stdin: lock });
    expect(JSON.parse(first.out)).toMatchObject({ succeeded: true, verified: true });
    expect(await cluster.run(['txn'], { stdin: lock })).toMatchObject({ code: 5, out: 'else\n' });

    const local = await cluster.run(['get', 'lock', '--node', 'node2', '--json']);
    expect(JSON.parse(local.out)).toMatchObject({ value: 'me', verified: false, node: 'node2' });
    const held = path.join(cluster.directory, 'clients/writer.key.lock');
    expect(() => readFileSync(held)).toThrow('ENOENT');
  },
);
