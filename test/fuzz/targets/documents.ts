/** Text that people and strangers hand over: genesis documents, key files, lines of input, reports, addresses. */
import { InvalidArgumentError } from 'commander';
import { equalBytes } from '../../../src/base/bytes.ts';
import { limits } from '../../../src/base/limits.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { statusJson } from '../../../src/cli/commands/status.ts';
import { viewCluster } from '../../../src/cli/cluster/status-view.ts';
import { readLines } from '../../../src/cli/input/lines.ts';
import { formatRecord, parseRecord, RECORD_LINE_BYTES_MAX } from '../../../src/cli/input/record.ts';
import { parseTransaction } from '../../../src/cli/input/transaction.ts';
import {
  integerBetween,
  parseBytes,
  parseDuration,
  parseInt64,
} from '../../../src/cli/input/values.ts';
import { toJson } from '../../../src/cli/output/encode.ts';
import { statusSentences, statusTable } from '../../../src/cli/output/status-table.ts';
import { plain } from '../../../src/cli/output/style.ts';
import { EvidenceChecker } from '../../../src/client/evidence-proof.ts';
import { leaderIn, parseReport } from '../../../src/client/status.ts';
import type { NodeReport } from '../../../src/client/status.ts';
import type { NodeId } from '../../../src/consensus/model/ids.ts';
import { formatAddress, parseAddress } from '../../../src/node/address.ts';
import { formatKeyFile, parseKeyFile } from '../../../src/node/key-files.ts';
import { nativeDigest } from '../../../src/node/native-crypto.ts';
import { isAddress } from '../../../src/wire/address.ts';
import { formatEvidenceLine, parseEvidenceLine } from '../../../src/wire/evidence-file.ts';
import { formatGenesis, makeGenesis, parseGenesis } from '../../../src/wire/genesis.ts';
import { evidence } from '../../arbitrary-messages.ts';
import { fakeEd25519 } from '../../fixtures-crypto.ts';
import { document } from '../../wire/genesis-document.ts';
import { groundOf, samples } from '../ground.ts';
import { Broken, classOf, nothingToClose } from '../target.ts';
import type { Target, Verdict } from '../target.ts';
import { INHERITED, NASTY_TEXTS } from '../tokens.ts';
import { checkReason } from './codec.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const textOf = (input: Uint8Array): string => Buffer.from(input).toString('utf8');

/** What reaches a terminal moves no cursor and sets no title. */
function checkPrintable(text: string, what: string): void {
  const bad = /[^\P{C}\n]/u.exec(text);
  if (bad !== null)
    throw new Broken(`${what} holds the control character ${JSON.stringify(bad[0])}`);
}

function checkDialable(address: string): void {
  if (parseAddress(address) === null) throw new Broken('takes an address that is none');
  // Whether a name in Punycode is one, only those who resolve it know: who dials it says so.
  if (!URL.canParse(`ws://${address}/`) && !/xn--/iu.test(address))
    throw new Broken('takes an address that cannot be dialed');
}

function textTarget(
  options: Pick<Target, 'name' | 'takes' | 'holds' | 'seeds' | 'run'> & Partial<Target>,
): Target {
  return {
    shape: 'text',
    mutations: [],
    keeps: null,
    // JSON.parse and the compiler of regular expressions allocate as they like.
    allocates: null,
    testCases: 150,
    close: nothingToClose,
    ...options,
  };
}

function genesis(): Target {
  const json = formatGenesis(document);
  const withKey = (name: string): string => json.replace('{', `{${JSON.stringify(name)}: {},`);
  return textTarget({
    name: 'genesis',
    takes: 'the genesis document: `parseGenesis`',
    holds:
      'a line that names the fault, or a genesis whose own text says the same and whose voters can be dialed',
    seeds: () => [
      bytesOf(json),
      bytesOf(json.replace('tangaroa', 'raft')),
      ...INHERITED.map((name) => bytesOf(withKey(name))),
      ...NASTY_TEXTS.map((each) => bytesOf(json.replace('"127.0.0.1:4701"', JSON.stringify(each)))),
      ...NASTY_TEXTS.map((each) => bytesOf(json.replace('"node-1"', JSON.stringify(each)))),
      bytesOf(json + ' '.repeat(limits.genesisBytesMax - json.length)),
      bytesOf(json + ' '.repeat(limits.genesisBytesMax - json.length + 1)),
    ],
    run: (input) => {
      const parsed = parseGenesis(textOf(input), nativeDigest);
      if (!parsed.ok) {
        checkPrintable(parsed.reason, 'a reason');
        return checkReason(parsed.reason);
      }
      const again = parseGenesis(formatGenesis(parsed.genesis.document), nativeDigest);
      if (!again.ok || again.genesis.clusterId !== parsed.genesis.clusterId)
        throw new Broken('what it says itself is another genesis');
      for (const { address } of parsed.genesis.document.voters) checkDialable(address);
      return 'taken';
    },
  });
}

function keyFiles(): Target {
  const secretKey = new Uint8Array(32).fill(0x5e);
  const file = formatKeyFile({ kind: 'node', name: 'alpha', secretKey });
  return textTarget({
    name: 'key-files',
    takes: 'the text of a key file: `parseKeyFile`',
    holds: 'a reason without any of the secret, or a key whose own text is this one',
    seeds: () => [
      bytesOf(file),
      bytesOf(file.replace('\n', '\r\n')),
      bytesOf(file.trimEnd()),
      bytesOf(formatKeyFile({ kind: 'client', name: 'x'.repeat(32), secretKey })),
      bytesOf(`${file}\n`),
    ],
    run: (input) => {
      const given = textOf(input);
      const parsed = parseKeyFile(given);
      if (!parsed.ok) {
        if (parsed.reason.includes('5e5e')) throw new Broken('a reason with the secret in it');
        return checkReason(parsed.reason);
      }
      const plainText = given.replaceAll('\r\n', '\n').replace(/\n?$/u, '\n');
      if (formatKeyFile(parsed.key) !== plainText) throw new Broken('takes what it does not write');
      return 'taken';
    },
  });
}

async function linesOf(input: Uint8Array, size: number): Promise<readonly string[] | string> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < input.length; at += size) yield input.slice(at, at + size);
  }
  const lines: string[] = [];
  try {
    const options = { name: 'fuzz', bytesMax: RECORD_LINE_BYTES_MAX };
    for await (const { bytes } of readLines(chunks(), options))
      lines.push(Buffer.from(bytes).toString('latin1'));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return error.message;
  }
  return lines;
}

function judgeRecord(line: Uint8Array): Verdict {
  const record = parseRecord(line);
  if (typeof record === 'string') {
    checkPrintable(record, 'a reason');
    return checkReason(record);
  }
  const again = parseRecord(bytesOf(formatRecord(record).trimEnd()));
  if (typeof again === 'string') throw new Broken(`does not read what it writes: ${again}`);
  const [one, two] = [record.value, again.value];
  const isSame =
    typeof one === 'bigint' || typeof two === 'bigint' ? one === two : equalBytes(one, two);
  if (!isSame || !equalBytes(record.key, again.key))
    throw new Broken('reads another record than it wrote');
  return 'a record';
}

function inputLines(): Target {
  const lines = [
    '{"key":"a","value":"b"}',
    '{"keyHex":"00ff","valueBase64":"AAECAw=="}',
    '{"key":"n","counter":"-9223372036854775808"}',
    '{"key":"n","counter":9007199254740991}',
    '{"key":"n","counter":"9223372036854775808"}',
    ...INHERITED.map((name) => `{"key":"a","value":"b",${JSON.stringify(name)}:1}`),
    ...NASTY_TEXTS.map((each) => JSON.stringify({ key: each, value: each })),
  ];
  return textTarget({
    name: 'import-lines',
    takes: '`import`: lines of JSON in any pieces',
    holds:
      'a line that says what is wrong, or a record that `export` writes and `import` reads alike',
    seeds: () => [...lines, lines.join('\n'), `${lines.join('\r\n')}\n\n`].map(bytesOf),
    run: async (input) => {
      const size = 1 + (input.length % 97);
      const lists = [await linesOf(input, size), await linesOf(input, Math.max(1, input.length))];
      if (JSON.stringify(lists[0]) !== JSON.stringify(lists[1]))
        throw new Broken('other lines in other pieces');
      const [read = []] = lists;
      if (typeof read === 'string') return checkReason(read);
      const verdicts = read.slice(0, 200).map((line) => judgeRecord(Buffer.from(line, 'latin1')));
      return [...new Set(verdicts)].slice(0, 2).join('; ');
    },
  });
}

const TRANSACTION = `{"if":[{"key":"lock","exists":false},{"key":"seats","relation":"greater","counter":"0"},
 {"keyHex":"00","revision":"17.2"},{"key":"v","value":"x","relation":"not-equal"}],
 "then":[{"type":"put","key":"lock","value":"me"},{"type":"increment","key":"seats","by":"-1"}],
 "else":[{"type":"get","key":"lock"},{"type":"delete","keyBase64":"AA=="}]}`;

function transactions(): Target {
  const operations = (count: number): string =>
    `{"then":[${Array.from({ length: count }, () => '{"type":"get","key":"k"}').join(',')}]}`;
  return textTarget({
    name: 'txn-documents',
    takes: '`txn`: `parseTransaction`',
    holds: 'a sentence that says what is wrong, or a transaction within the limits',
    seeds: () =>
      [
        TRANSACTION,
        '{}',
        operations(limits.operationsPerTransactionMax),
        operations(limits.operationsPerTransactionMax + 1),
        ...INHERITED.map((name) => TRANSACTION.replace('"exists"', JSON.stringify(name))),
        ...INHERITED.map((name) => TRANSACTION.replace('"put"', JSON.stringify(name))),
      ].map(bytesOf),
    run: (input) => {
      const parsed = parseTransaction(input);
      if (typeof parsed === 'string') {
        checkPrintable(parsed, 'a reason');
        return checkReason(parsed);
      }
      const { compares = [], then = [], else: otherwise = [] } = parsed;
      for (const { length } of [compares, then, otherwise])
        if (length > limits.operationsPerTransactionMax) throw new Broken('more than one may hold');
      return `taken ${Math.min(2, compares.length)} ${Math.min(2, then.length)}`;
    },
  });
}

/** Of one value on a command line; commander shows the message. */
function argument(parse: (value: string) => unknown, value: string): Verdict {
  try {
    parse(value);
    return 'taken';
  } catch (error) {
    if (error instanceof InvalidArgumentError) return checkReason(error.message);
    throw error;
  }
}

function addresses(): Target {
  return textTarget({
    name: 'arguments',
    takes: 'addresses, numbers, durations and bytes on a command line',
    holds:
      'a sentence that says what is wrong; an address is written as it was read, and what a genesis may name can be dialed',
    seeds: () =>
      [
        '127.0.0.1:80',
        '[::1]:65535',
        'host.example:0',
        '500ms',
        '1.5h',
        '-9223372036854775808',
        'AAE=',
        '00ff',
      ]
        .concat(NASTY_TEXTS)
        .map(bytesOf),
    run: (input) => {
      const given = textOf(input);
      const address = parseAddress(given);
      if (address !== null) {
        const again = parseAddress(formatAddress(address));
        if (again?.host !== address.host || again.port !== address.port)
          throw new Broken('an address that is not read as it is written');
      }
      if (isAddress(given)) checkDialable(given);
      for (const notation of ['text', 'hex', 'base64'] as const) parseBytes(given, notation);
      const parsers = [parseDuration, integerBetween(1, 10), parseInt64];
      const verdicts = parsers.map((parse) => argument(parse, given));
      return `${address === null} ${isAddress(given)} ${verdicts.join(' ')}`;
    },
  });
}

/** As a node's host writes it. */
const REPORT = {
  state: 'running',
  core: {
    id: 'n4',
    role: 'leader',
    epoch: 0,
    term: 3,
    leader: 'n1',
    accepted: { index: 9, hash: 'ab'.repeat(32) },
    prepared: { index: 8, hash: 'ab'.repeat(32) },
    committed: { index: 8, hash: 'ab'.repeat(32) },
    applied: 8,
    pending: 2,
    pendingBytes: 100,
    evidence: [{ culprit: 'n4', epoch: 0, index: 7 }],
    suspicions: [{ voter: 'n2', wanted: 4, reason: 'silent' }],
    backoff: 0,
  },
  applied: { index: 8, hash: 'ab'.repeat(32) },
  stateDigest: 'cd'.repeat(32),
  links: [{ peer: 'n2', connected: true, lastHeardAgoMs: 12 }],
};

/** Of thirteen: as many as may. */
const LIARS = 4;
/** What the program prints about such a cluster, whatever they say. */
const STATUS_BYTES_MAX = 1_048_576;

function statusReports(): Target {
  const voters = Array.from({ length: 13 }, (_, i) => ({
    id: `n${i + 1}` as NodeId,
    publicKey: (i + 1).toString(16).padStart(2, '0').repeat(32),
    address: `127.0.0.1:${7_000 + i}`,
  }));
  const { document: of, configuration } = makeGenesis(
    { ...document, voters, clients: [] },
    nativeDigest,
  );
  const json = JSON.stringify(REPORT);
  const words = ['"leader"', '"n1"', '"silent"', '"n2"', `"${'cd'.repeat(32)}"`];
  return textTarget({
    name: 'status-reports',
    takes:
      'what lying nodes say of themselves: `parseReport`, the client’s leader, `status` in both forms',
    holds: 'nothing that moves a cursor reaches the terminal, and no liar fills it',
    seeds: () => [
      bytesOf(json),
      ...words.flatMap((word) =>
        NASTY_TEXTS.map((each) => bytesOf(json.replace(word, JSON.stringify(each)))),
      ),
      bytesOf(
        json.replace('"links":[', `"links":[${'{"peer":"n1","lastHeardAgoMs":1},'.repeat(33_700)}`),
      ),
      bytesOf(json.replace('"evidence":[', `"evidence":[${'{"culprit":"n1"},'.repeat(9_000)}`)),
      bytesOf(`{"a":${'['.repeat(300_000)}${']'.repeat(300_000)}}`),
    ],
    run: (input) => {
      if (input.length > limits.resultBytesMax) return 'larger than an answer may be';
      const report = parseReport(input);
      if (report === null) return 'no report';
      const leader = leaderIn(report);
      const reports = of.voters.map(({ id: node }, i): NodeReport => {
        const said = i < LIARS ? report : REPORT;
        return { node, ok: true, status: { node, appliedIndex: 1n, report: said } };
      });
      const cluster = viewCluster(of, configuration.sets, reports);
      const shown = statusTable(cluster, plain) + statusSentences(cluster).join('\n');
      checkPrintable(shown, 'what `status` shows');
      const asJson = toJson(statusJson(cluster));
      if (shown.length + asJson.length > STATUS_BYTES_MAX)
        throw new Broken('`status` prints more than a screen can hold');
      return `${leader === null} ${cluster.diverged.length > 0} ${cluster.hasQuorum} ${cluster.leader === null}`;
    },
    testCases: 30,
  });
}

function evidenceFiles(): Target {
  const { genesis: of, context } = groundOf('tangaroa');
  const checker = new EvidenceChecker(of, { digest: nativeDigest, ed25519: fakeEd25519 });
  const lines = samples(evidence, 12).map((body) =>
    formatEvidenceLine(context.clusterId, body, context.digest),
  );
  const [first = ''] = lines;
  return textTarget({
    name: 'evidence-files',
    takes: 'a line of a file of evidence: `parseEvidenceLine`, then what it proves under a genesis',
    holds: 'a reason in one clean line, or evidence that is written as it was read',
    seeds: () =>
      [
        ...lines,
        ...INHERITED.map((name) => first.replace('"culprit"', JSON.stringify(name))),
        ...NASTY_TEXTS.map((each) => first.replace('"evidence"', JSON.stringify(each))),
        first.replace('"evidence"', `${'['.repeat(40_000)}${']'.repeat(40_000)}`),
      ].map(bytesOf),
    run: (input) => {
      const line = textOf(input);
      const parsed = parseEvidenceLine(line, nativeDigest);
      const verdict = checker.line(line);
      for (const result of [parsed, verdict])
        if (!result.ok) {
          checkPrintable(result.reason, 'a reason');
          checkReason(result.reason);
        }
      if (!parsed.ok) return classOf(`${parsed.fault} ${parsed.reason}`);
      const { clusterId, body } = parsed.value;
      if (formatEvidenceLine(clusterId, body, nativeDigest) !== line)
        throw new Broken('is written otherwise than it was read');
      return verdict.ok ? 'proven' : classOf(`${verdict.fault} ${verdict.reason}`);
    },
  });
}

export const DOCUMENT_TARGETS: readonly (() => Target)[] = [
  genesis,
  keyFiles,
  inputLines,
  transactions,
  addresses,
  statusReports,
  evidenceFiles,
];
