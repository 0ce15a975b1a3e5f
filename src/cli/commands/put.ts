/** `tangaroa put`, `delete` and `increment`. */
import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { limits } from '../../base/limits.ts';
import type { Value } from '../../client/api.ts';
import { CliError } from '../cli-error.ts';
import { withClient } from '../cluster/session.ts';
import { clientFlags, keyFlags, notationOf, valueFlags } from '../flags.ts';
import type { ClientFlags, KeyFlags, ValueFlags } from '../flags.ts';
import { openSource, readAll } from '../input/source.ts';
import { parseInt64 } from '../input/values.ts';
import { jsonField, showRevision, toJson } from '../output/encode.ts';
import type { World } from '../world.ts';
import { argumentBytes, keyBytes, provenance } from './values.ts';

interface PutFlags extends ClientFlags, KeyFlags, ValueFlags {
  readonly file?: string;
  readonly counter?: boolean;
}

const PUT_EXAMPLES = `
Prints the revision of the write: <log index>.<place in the entry>.

Examples:
  $ tangaroa put greeting 'kia ora'
  $ tangaroa put logo --file logo.png
  $ date | tangaroa put now --file -
  $ tangaroa put bytes --hex 00ff7f
  $ tangaroa put seats --counter 120        # a counter: only these can be incremented
`;

function counterOf(text: string): bigint {
  try {
    return parseInt64(text);
  } catch (error) {
    const message = `the counter '${text}' is no whole number between -2^63 and 2^63-1`;
    throw new CliError('usage', message, { cause: error });
  }
}

async function valueOf(text: string | undefined, flags: PutFlags, world: World): Promise<Value> {
  if ((text === undefined) === (flags.file === undefined))
    throw new CliError('usage', 'put needs a value: as an argument or with --file, one of them', {
      hint: 'see tangaroa put --help',
    });
  if (flags.file !== undefined) {
    const bytes = await readAll(await openSource(flags.file, world), 2 * limits.valueBytesMax);
    return notationOf(flags) === 'text'
      ? bytes
      : argumentBytes('the value', Buffer.from(bytes).toString('latin1').trim(), notationOf(flags));
  }
  if (flags.counter === true) return counterOf(text ?? '');
  return argumentBytes('the value', text ?? '', notationOf(flags));
}

async function put(world: World, keyText: string, text: string | undefined, flags: PutFlags) {
  const key = keyBytes(keyText, flags.keyAs);
  const value = await valueOf(text, flags, world);
  await withClient(world, flags, 'ordered', async ({ client }) => {
    const answer = await client.put(key, value, { signal: world.stop });
    const revision = showRevision(answer.revision);
    const shown = { ...jsonField('key', key), revision, ...provenance(answer) };
    await world.out.write(flags.json === true ? `${toJson(shown)}\n` : `${revision}\n`);
  });
}

async function remove(world: World, keyText: string, flags: ClientFlags & KeyFlags) {
  const key = keyBytes(keyText, flags.keyAs);
  await withClient(world, flags, 'ordered', async ({ client }) => {
    const answer = await client.delete(key, { signal: world.stop });
    const shown = { ...jsonField('key', key), existed: answer.existed, ...provenance(answer) };
    const text = answer.existed ? 'deleted' : 'absent';
    await world.out.write(flags.json === true ? `${toJson(shown)}\n` : `${text}\n`);
  });
}

async function increment(world: World, keyText: string, by: bigint, flags: ClientFlags & KeyFlags) {
  const key = keyBytes(keyText, flags.keyAs);
  await withClient(world, flags, 'ordered', async ({ client }) => {
    const answer = await client.increment(key, by, { signal: world.stop });
    const revision = showRevision(answer.revision);
    const shown = {
      ...jsonField('key', key),
      value: answer.value,
      revision,
      ...provenance(answer),
    };
    await world.out.write(flags.json === true ? `${toJson(shown)}\n` : `${answer.value}\n`);
  });
}

export function addWrites(program: Command, world: World): void {
  valueFlags(
    keyFlags(
      clientFlags(
        program
          .command('put')
          .summary('write a value')
          .description(
            'Writes a value under a key, and waits until f+1 nodes say that it is committed.',
          )
          .argument('<key>')
          .argument('[value]', 'the value; or --file')
          .addOption(
            new Option('-f, --file <file>', 'read the value from a file; - is standard input'),
          )
          .addOption(
            new Option('--counter', 'the value is a 64-bit counter').conflicts([
              'file',
              'hex',
              'base64',
            ]),
          ),
      ),
    ),
  )
    .addHelpText('after', PUT_EXAMPLES)
    .action((key: string, value: string | undefined, flags: PutFlags) =>
      put(world, key, value, flags),
    );

  keyFlags(
    clientFlags(
      program
        .command('delete')
        .summary('delete a key')
        .description("Deletes a key. Prints 'deleted', or 'absent' where there was none.")
        .argument('<key>'),
    ),
  )
    .addHelpText('after', '\nExamples:\n  $ tangaroa delete greeting\n')
    .action((key: string, flags: ClientFlags & KeyFlags) => remove(world, key, flags));

  keyFlags(
    clientFlags(
      program
        .command('increment')
        .summary('add to a counter')
        .description(
          'Adds to a 64-bit counter, exactly once, and prints its new value. A missing key counts as 0.',
        )
        .argument('<key>')
        .addArgument(
          new Argument('[by]', 'what to add; after -- it may be negative')
            .argParser(parseInt64)
            .default(1n, '1'),
        ),
    ),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  $ tangaroa increment visits\n  $ tangaroa increment -- seats -2\n',
    )
    .action((key: string, by: bigint, flags: ClientFlags & KeyFlags) =>
      increment(world, key, by, flags),
    );
}
