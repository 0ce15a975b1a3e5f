import { describe, expect, test } from 'vitest';
import { readArguments, UsageError } from '../../bench/arguments.mjs';
import { parseSubject } from '../../bench/cluster/subjects.mjs';

const REPORTS = ['workloads', 'overhead'];
const read = (...args: string[]) => readArguments(args, REPORTS);

test('without arguments the first report with its own defaults', () => {
  expect(read()).toMatchObject({ report: 'workloads', seconds: null, inFlight: null, json: null });
});

test('lists, numbers and flags', () => {
  expect(
    read('overhead', '--in-flight', '1, 64', '--seconds=0.5', '--subjects', 'raft:3,tangaroa:4'),
  ).toMatchObject({
    report: 'overhead',
    inFlight: [1, 64],
    seconds: 0.5,
    subjects: ['raft:3', 'tangaroa:4'],
  });
});

test('--json alone means standard output, wherever it stands', () => {
  expect(read('--json').json).toBe('-');
  expect(read('--json', '--quick')).toMatchObject({ json: '-', quick: true });
  expect(read('--json', 'file').json).toBe('file');
});

describe('what is wrong is said', () => {
  test.each([
    [['nothing'], /there is no report 'nothing': workloads, overhead/u],
    [['workloads', 'overhead'], /one report at a time/u],
    [['--nonsense'], /--nonsense/u],
    [['--rounds', '0'], /--rounds takes whole numbers from 1/u],
    [['--rounds', '1.5'], /not '1.5'/u],
    [['--in-flight', '1,x'], /--in-flight/u],
    [['--in-flight', '64,64'], /twice/u],
    [['--subjects', 'raft:3,raft:3'], /twice/u],
    [['--seconds', '-1'], /--seconds/u],
    [['--seconds', '1e9'], /--seconds/u],
    [['--minutes', ''], /--minutes/u],
  ])('%j', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});

describe('subjects', () => {
  test('a name and a number of nodes', () => {
    expect(parseSubject('raft:3')).toMatchObject({ id: 'raft:3', nodes: 3 });
    expect(parseSubject('tangaroa:1').label).toBe('Tangaroa, 1 node');
  });

  test.each(['paxos:3', 'raft', 'raft:0', 'raft:65', 'raft:3:4', 'raft:1e1', 'toString:3'])(
    '%s is none',
    (text) => {
      expect(() => parseSubject(text)).toThrow(RangeError);
    },
  );
});
