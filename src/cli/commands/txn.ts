/** `tangaroa txn`. */
import type { Command } from 'commander';
import { limits } from '../../base/limits.ts';
import type { OperationAnswer, TransactionAnswer } from '../../client/api.ts';
import { CliError, QuietExit } from '../cli-error.ts';
import { withClient } from '../cluster/session.ts';
import { clientFlags } from '../flags.ts';
import type { ClientFlags } from '../flags.ts';
import { openSource, readAll } from '../input/source.ts';
import { parseTransaction } from '../input/transaction.ts';
import { jsonValue, showRevision, showValue, toJson } from '../output/encode.ts';
import type { World } from '../world.ts';
import { provenance } from './values.ts';

/** Values as JSON escapes take up to six characters for a byte. */
const TEXT_BYTES_MAX: number = 6 * limits.requestBytesMax;

const HELP = `
The transaction is a JSON object with the lists "if", "then" and "else":
  compare    {"key":K, "value":V}  {"key":K, "counter":"5"}  {"key":K, "revision":"17.2"}
             {"key":K, "exists":false}; all but the last also with "relation":
             "equal" (if missing), "not-equal", "less", "greater"
  operation  {"type":"put", "key":K, "value":V}  {"type":"put", "key":K, "counter":"5"}
             {"type":"get", "key":K}  {"type":"delete", "key":K}
             {"type":"increment", "key":K, "by":"-1"}
Bytes that are no text: keyHex, keyBase64, valueHex, valueBase64. If every compare holds, all of
"then" is done, otherwise all of "else"; an operation that fails undoes them all. Exit code 5 where
a compare did not hold.

Examples:
  $ echo '{"if":[{"key":"lock","exists":false}],
      "then":[{"type":"put","key":"lock","value":"me"}]}' | tangaroa txn
  $ tangaroa txn transfer.json --json
`;

function jsonAnswer(answer: OperationAnswer): Readonly<Record<string, unknown>> {
  switch (answer.type) {
    case 'put':
      return { type: answer.type, revision: showRevision(answer.revision) };
    case 'get':
      return answer.value === null
        ? { type: answer.type, exists: false }
        : {
            type: answer.type,
            ...jsonValue(answer.value),
            revision: showRevision(answer.revision),
          };
    case 'delete':
      return { type: answer.type, existed: answer.existed };
    case 'increment':
      return { type: answer.type, value: answer.value, revision: showRevision(answer.revision) };
  }
}

function textAnswer(answer: OperationAnswer): string {
  switch (answer.type) {
    case 'put':
      return `put ${showRevision(answer.revision)}`;
    case 'get':
      return answer.value === null ? 'get absent' : `get ${showValue(answer.value, 'text')}`;
    case 'delete':
      return `delete ${answer.existed ? 'deleted' : 'absent'}`;
    case 'increment':
      return `increment ${answer.value}`;
  }
}

function show(answer: TransactionAnswer, isJson: boolean): string {
  const { succeeded, results } = answer;
  if (isJson)
    return `${toJson({ succeeded, results: results.map(jsonAnswer), ...provenance(answer) })}\n`;
  return [succeeded ? 'then' : 'else', ...results.map(textAnswer)]
    .map((line) => `${line}\n`)
    .join('');
}

async function txn(world: World, file: string, flags: ClientFlags): Promise<void> {
  const source = await openSource(file, world);
  if (file === '-' && world.stdinIsTerminal)
    await world.err.write('type a transaction (see tangaroa txn --help), end with Ctrl-D\n');
  const transaction = parseTransaction(await readAll(source, TEXT_BYTES_MAX));
  if (typeof transaction === 'string')
    throw new CliError('input', `${source.name}: the transaction ${transaction}`, {
      code: 'bad-transaction',
      hint: 'see tangaroa txn --help',
    });
  await withClient(world, flags, 'ordered', async ({ client }) => {
    const answer = await client.transaction(transaction, { signal: world.stop });
    await world.out.write(show(answer, flags.json === true));
    if (!answer.succeeded) throw new QuietExit('condition-failed');
  });
}

export function addTransactions(program: Command, world: World): void {
  clientFlags(
    program
      .command('txn')
      .summary('compare, then write: all or nothing')
      .description(
        'Runs a transaction: compares, and operations for either outcome, all or nothing.',
      )
      .argument('[file]', 'JSON; - is standard input', '-'),
  )
    .addHelpText('after', HELP)
    .action((file: string, flags: ClientFlags) => txn(world, file, flags));
}
