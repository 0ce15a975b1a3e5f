import { describe, expect, test } from 'vitest';
import type { PlayRequest } from '../../scripts/attack/arguments.ts';
import { DEFAULTS, readArguments, UsageError } from '../../scripts/attack/arguments.ts';
import { commandOf, roundCommand } from '../../scripts/attack/report/command.ts';
import { helpText } from '../../scripts/attack/report/help.ts';
import { OPTIONS } from './reports.ts';

const read = (...args: string[]) => readArguments(args);

describe('requests', () => {
  test('a name alone is played with the defaults', () => {
    expect(read('equivocate')).toEqual({
      type: 'play',
      name: 'equivocate',
      seed: null,
      json: null,
      html: null,
      verbose: false,
      evidence: null,
      ...DEFAULTS,
    });
  });

  test('numbers and flags, wherever they stand', () => {
    const asked = '--rounds 3 --seconds 0.5 all --nodes=7 --rogues 2 --in-flight 8 --clients 2';
    const more = '--minutes 5 --seed 4294967295 --protocol raft --verbose --html x.html';
    expect(read(...asked.split(' '), ...more.split(' '))).toMatchObject({
      type: 'play',
      name: 'all',
      rounds: 3,
      seconds: 0.5,
      nodes: 7,
      rogues: 2,
      inFlight: 8,
      clients: 2,
      minutes: 5,
      seed: 4_294_967_295,
      protocol: 'raft',
      verbose: true,
      html: 'x.html',
    });
  });

  test('--json alone means standard output', () => {
    expect(read('all', '--json')).toMatchObject({ json: '-' });
    expect(read('--json', '--verbose', 'all')).toMatchObject({ json: '-', name: 'all' });
    expect(read('--json', 'file', 'all')).toMatchObject({ json: 'file', name: 'all' });
  });

  test('what plays nothing', () => {
    expect(read('--list')).toEqual({ type: 'list', isJson: false });
    expect(read('--list', '--json')).toEqual({ type: 'list', isJson: true });
    expect(read('-h', 'whatever')).toEqual({ type: 'help' });
    expect(read('--from', 'a.json,b.json', '--html', 'x')).toMatchObject({
      type: 'from',
      files: ['a.json', 'b.json'],
      html: 'x',
    });
  });
});

describe('what is wrong is said', () => {
  test.each([
    [[], /name an attack, a group of attacks, or all/u],
    [['one', 'two', 'three'], /one name at a time, not also 'two three'/u],
    [['all', '--nonsense'], /--nonsense/u],
    [['all', '--protocol', 'paxos'], /--protocol is tangaroa or raft, not 'paxos'/u],
    [['all', '--nodes', '3'], /--nodes takes whole numbers from 4 to 64, not '3'/u],
    [['all', '--rogues', '4'], /--rogues takes whole numbers from 1 to 3/u],
    [['all', '--rogues', '0'], /--rogues/u],
    [['all', '--seconds', '0'], /--seconds takes a number above 0/u],
    [['all', '--seconds', '1e2'], /--seconds/u],
    [['all', '--rounds', '1.5'], /--rounds/u],
    [['all', '--minutes', ''], /--minutes/u],
    [['all', '--in-flight', '0'], /--in-flight/u],
    [['all', '--clients', '65'], /--clients/u],
    [['all', '--seed', '4294967296'], /--seed/u],
    [['--list', 'all'], /--list takes no name: 'all'/u],
    [['--from', 'a.json', 'all'], /--from plays nothing/u],
    [['--from', ','], /--from takes a file/u],
    [['--from', 'a,b,c'], /--from takes a file/u],
    [['--from', 'a,b', '--json', 'c'], /--json writes one result/u],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});

test('the command that is told asks for the same again', () => {
  const options = {
    ...OPTIONS,
    protocol: 'raft',
    nodes: 7,
    rogues: 2,
    seconds: 2.5,
    rounds: 3,
    minutes: 9,
    inFlight: 64,
    clients: 8,
  } as const;
  const asked = (command: string): PlayRequest =>
    read(...command.replace('npm run attack -- ', '').split(' ')) as PlayRequest;
  expect(asked(commandOf(options))).toMatchObject(options);
  expect(commandOf(OPTIONS)).toBe('npm run attack -- all --seed 42');
  expect(asked(roundCommand(options, 'liar', 43))).toMatchObject({
    ...options,
    name: 'liar',
    seed: 43,
    rounds: 1,
    minutes: null,
  });
});

test('the help names every flag', () => {
  const help = helpText();
  for (const flag of ['protocol', 'nodes', 'rogues', 'seconds', 'rounds', 'minutes', 'in-flight'])
    expect(help).toContain(`  --${flag} `);
  for (const flag of ['clients', 'seed', 'verbose', 'json', 'html', 'from', 'list'])
    expect(help).toContain(`  --${flag} `);
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});
