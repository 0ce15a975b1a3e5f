import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { variableOf } from '../../src/cli/flags.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { fakeWorld, run } from './fake-world.ts';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'tangaroa-cli-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const { world } = fakeWorld({});

function allCommands(command: Command = buildProgram(world, '0')): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

describe('the program', () => {
  test('every exit code has a number of its own', () => {
    const codes = Object.values(EXIT_CODES);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('every command shows examples, and every line of help fits 100 columns', async () => {
    const leaves = allCommands().filter((command) => command.commands.length === 0);
    expect(leaves.length).toBeGreaterThan(12);
    for (const command of leaves) {
      const group = command.parent?.parent === null ? [] : [command.parent?.name() ?? ''];
      const names = [...group, command.name()];
      const { out, code } = await run([...names, '--help']);
      expect(code).toBe(0);
      if (names[0] !== 'keys') expect(out).toContain('Examples:');
      expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
    for (const group of ['keys', 'evidence'])
      expect((await run([group, '--help'])).out).toContain('Examples:');
  });

  test('a node that the cluster does not have is refused at once', async () => {
    const directory = path.join(cwd, 'of-four');
    expect((await run(['init', directory])).code).toBe(0);
    for (const words of [['get', 'a'], ['scan'], ['export']]) {
      const { code, err } = await run([...words, '--cluster', directory, '--node', 'node9']);
      expect(code).toBe(EXIT_CODES.usage);
      expect(err).toContain('--node node9: this cluster has node1, node2, node3, node4');
    }
  });

  test('every flag has a variable, and no two flags of a command share one', () => {
    for (const command of allCommands()) {
      const variables = command.options.map(variableOf);
      expect(new Set(variables).size).toBe(variables.length);
      for (const variable of variables) expect(variable).toMatch(/^TANGAROA_[A-Z0-9_]+$/u);
    }
  });

  test.each([
    [['pt'], "unknown command 'pt' (Did you mean put?)"],
    [['put'], "missing required argument 'key'"],
    [['put', 'a', 'b', 'c'], 'too many arguments'],
    [['put', 'a', 'b', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
    [['put', 'a'], 'put needs a value'],
    [['put', 'a', 'b', '--file', 'c'], 'put needs a value'],
    [['put', '', 'b'], 'the key is empty'],
    [['put', 'a', 'b', '--hex', '--base64'], 'cannot be used with'],
    [['put', 'a', 'zz', '--hex'], "the value 'zz' is not hexadecimal"],
    [['put', 'a', '1.5', '--counter'], "the counter '1.5' is no whole number between"],
    [['put', 'a', '9223372036854775808', '--counter'], 'is no whole number between'],
    [['get', 'a', '--timeout', 'soon'], 'A duration is a number and a unit'],
    [['get', 'a', '--key-as', 'octal'], 'Allowed choices are text, hex, base64'],
    [['increment', 'a', 'x'], 'whole number'],
    [['scan', '--prefix', 'a', '--from', 'b'], '--prefix cannot be used with'],
    [['scan', '--limit', '0'], 'whole number between 1 and'],
    [['scan', '--cursor', 'xyz'], 'is not one that a scan printed'],
    [['dev', '--once'], '--once needs --import FILE'],
    [['init', 'd', '--nodes', '65'], 'between 1 and 64'],
    [['init', 'd', '--address', '10.0.0.1'], 'is not an address'],
    [['init', 'd', '--address', 'clients=h:1'], 'is no name for a node'],
    [['init', 'd', '--client', 'bob:owner'], 'role is reader, writer, admin'],
    [['init', 'd', '--nodes', '3', '--address', 'h:1'], 'leave --nodes out'],
    [['init', 'd', '--protocol', 'paxos'], 'Allowed choices are tangaroa, raft'],
    [['dev', '--protocol', 'Raft'], 'Allowed choices are tangaroa, raft'],
    [['init', 'd', '--client', 'a:writer', '--client', 'a:writer'], "two clients named 'a'"],
  ])('%j is a usage error in one line, exit code 2', async (args, text) => {
    const { code, out, err } = await run(args, { cwd });
    expect(err).toContain(text);
    expect(err).toMatch(/^tangaroa: [^\n]*\n$/u);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('errors as JSON', async () => {
    const { code, err } = await run(['get', 'a', '--json', '--cluster', 'none'], { cwd });
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'no-cluster',
        message: 'there is no cluster: none/genesis.json does not exist',
        hint: 'start one with tangaroa dev, or name another with --cluster',
        retryable: false,
        exitCode: code,
      },
    });
    expect(code).toBe(EXIT_CODES.environment);
  });

  test('flags come from the environment too; the command line wins; 0 means no', async () => {
    const env = { TANGAROA_CLUSTER: 'from-env', TANGAROA_JSON: '0' };
    const fromEnv = await run(['get', 'a'], { cwd, env });
    expect(fromEnv.err).toContain('from-env/genesis.json');
    expect(fromEnv.err).toMatch(/^tangaroa: /u);
    const fromLine = await run(['get', 'a', '--cluster', 'from-line'], { cwd, env });
    expect(fromLine.err).toContain('from-line/genesis.json');
    const bad = await run(['get', 'a'], { cwd, env: { TANGAROA_TIMEOUT: 'soon' } });
    expect(bad).toMatchObject({ code: 2 });
    expect(bad.err).toContain("environment variable TANGAROA_TIMEOUT is 'soon'");
  });

  test('a genesis document that is none is damage, and says which field', async () => {
    writeFileSync(path.join(cwd, 'bad.json'), '{"protocol":"tangaroa"}');
    const { code, err } = await run(['get', 'a', '--cluster', 'bad.json'], { cwd });
    expect(code).toBe(EXIT_CODES.damaged);
    expect(err).toContain('bad.json is no genesis document: the document: field "name" is missing');
  });
});

describe('init', () => {
  test('makes genesis, data directories and client keys, once', async () => {
    const made = await run(
      ['init', 'c1', '--address', 'a=h1:7000', '--address', 'b=h2:7000', '--client', 'app:writer'],
      { cwd },
    );
    expect(made.err).toContain('made a cluster of 2 nodes in c1');
    expect(made.err).toContain('tangaroa start c1/a    # h1:7000');
    expect(made.out).toMatch(/^[0-9a-f]{64}\n$/u);
    expect(made.code).toBe(0);
    expect(statSync(path.join(cwd, 'c1/clients/app.key')).mode & 0o777).toBe(0o600);
    const again = await run(['init', 'c1'], { cwd });
    expect(again).toMatchObject({ code: EXIT_CODES.environment, out: '' });
    expect(again.err).toContain('c1 holds a cluster already; nothing is overwritten');
    const checked = await run(['keys', 'check', 'c1/clients/app.key', '--cluster', 'c1'], { cwd });
    expect(checked.out).toContain('listed:     client app, writer');
    const other = await run(['keys', 'generate', 'x.key', '--name', 'x', '--json'], { cwd });
    expect(JSON.parse(other.out)).toMatchObject({ file: 'x.key', kind: 'client', name: 'x' });
    const unlisted = await run(['keys', 'check', 'x.key', '--cluster', 'c1'], { cwd });
    expect(unlisted.code).toBe(EXIT_CODES.damaged);
    expect((await run(['keys', 'generate', 'x.key'], { cwd })).err).toContain('exists already');
  });

  test('a Raft cluster: a majority is a quorum, and what it does not bear is said', async () => {
    const note = 'the protocol is plain Raft: crash faults only, one lying node breaks it\n';
    const args = ['--address', 'h1:1', '--address', 'h2:1', '--address', 'h3:1'];
    const raft = await run(['init', 'r3', '--protocol', 'raft', ...args], { cwd });
    expect(raft.err).toContain(`made a cluster of 3 nodes in r3: 2 of them are a quorum\n${note}`);
    const five = await run(['init', 'r5', '--nodes', '5', '--json'], {
      cwd,
      env: { TANGAROA_PROTOCOL: 'raft' },
    });
    expect(JSON.parse(five.out)).toMatchObject({ protocol: 'raft' });
    const genesis = readFileSync(path.join(cwd, 'r5/genesis.json'), 'utf8');
    expect(JSON.parse(genesis)).toMatchObject({ protocol: 'raft' });
    const checked = await run(['keys', 'check', 'r5/node5/node.key', '--cluster', 'r5'], { cwd });
    expect(checked.out).toContain('listed:     node node5 at 127.0.0.1:7105');
    const usual = await run(['init', 't5', '--nodes', '5', '--json'], { cwd });
    expect(JSON.parse(usual.out)).toMatchObject({ protocol: 'tangaroa' });
    const told = await run(['init', 'told', '--nodes', '5'], { cwd });
    expect(told.err).toContain('4 of them are a quorum');
    expect(told.err).not.toContain(note);
  });

  test('dev does not go on with another protocol than the data was made with', async () => {
    await run(['init', 'kept', '--nodes', '1'], { cwd });
    const { code, err } = await run(['dev', '--dir', 'kept', '--protocol', 'raft'], { cwd });
    expect(code).toBe(EXIT_CODES.usage);
    expect(err).toContain('--protocol raft, but the cluster in kept runs tangaroa');
  });

  test('as many writers as are asked for', async () => {
    const names = ['w1', 'w2', 'w3', 'w4', 'w5', 'w6'];
    const clients = names.flatMap((name) => ['--client', `${name}:writer`]);
    const { code, out } = await run(['init', 'many', ...clients, '--json'], { cwd });
    expect(code).toBe(0);
    const made = JSON.parse(out) as { readonly clients: readonly { readonly name: string }[] };
    expect(made.clients).toMatchObject(names.map((name) => ({ name, role: 'writer' })));
    for (const name of names)
      expect(
        (await run(['keys', 'check', `many/clients/${name}.key`, '-c', 'many'], { cwd })).code,
      ).toBe(0);
  });

  test('a plan that makes no genesis writes nothing', async () => {
    const args = ['init', 'c2', '--address', 'a=h1:7000', '--address', 'b=h1:7000'];
    const { code, err } = await run(args, { cwd });
    expect(code).toBe(2);
    expect(err).toContain('the address h1:7000 stands there twice');
    expect(() => statSync(path.join(cwd, 'c2'))).toThrow('ENOENT');
  });

  test('a directory that cannot be written is one line', async () => {
    writeFileSync(path.join(cwd, 'file'), '');
    const { code, err } = await run(['init', 'file/c'], { cwd });
    expect(code).toBe(EXIT_CODES.environment);
    expect(err).toContain('cannot make a cluster in file/c');
  });
});

describe('keys', () => {
  test('a damaged key file is named', async () => {
    await run(['keys', 'generate', 'k.key', '--name', 'k'], { cwd });
    const file = path.join(cwd, 'k.key');
    writeFileSync(file, 'tangaroa-key 1 client k\nzz\n');
    const { code, err } = await run(['keys', 'show', 'k.key'], { cwd });
    expect(code).toBe(EXIT_CODES.damaged);
    expect(err).toContain('k.key: ');
  });
});
