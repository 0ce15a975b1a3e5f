/** The commands, put together. */
import { Command } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import { applyEnvironment } from './flags.ts';
import { addDev } from './commands/dev.ts';
import { addEvidence } from './commands/evidence.ts';
import { addImportExport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addKeys } from './commands/keys.ts';
import { addReads } from './commands/get.ts';
import { addTransactions } from './commands/txn.ts';
import { addWrites } from './commands/put.ts';
import { addCompletion } from './commands/completion.ts';
import type { World } from './world.ts';

/** Four to a line. */
function exitCodes(): string {
  const codes = Object.entries(EXIT_CODES).map(([name, code]) => `${code} ${name}`.padEnd(22));
  const rows = Array.from({ length: Math.ceil(codes.length / 4) }, (_, row) =>
    codes.slice(4 * row, 4 * row + 4),
  );
  return rows.map((row) => `  ${row.join('').trimEnd()}`).join('\n');
}

const EPILOGUE = `
Every flag can also be given as an environment variable: --key-as is TANGAROA_KEY_AS. A flag on the
command line wins. Data goes to standard output, messages to standard error. NO_COLOR turns colours
off, TANGAROA_DEBUG=1 prints stack traces. Exit codes:
${exitCodes()}

Try it:
  $ tangaroa dev                         four nodes on this machine, data in ./data/dev
  $ tangaroa put greeting 'kia ora'      in another terminal
  $ tangaroa get greeting
  $ tangaroa status
`;

/** Builds the whole command line over a world. Parsing throws instead of exiting. */
export function buildProgram(world: World, version: string): Command {
  const program = new Command('tangaroa')
    .description('A replicated key-value store that survives crashed and lying nodes.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({
      writeOut: (text) => void world.out.write(text),
      writeErr: (text) => void world.err.write(text),
      // The message comes back as a CommanderError and is printed once, in our form.
      outputError: () => undefined,
    })
    .hook('preAction', (_program, command) => applyEnvironment(command, world.env));
  addDev(program, world);
  addInit(program, world);
  addStart(program, world);
  addStatus(program, world);
  addEvidence(program, world);
  addWrites(program, world);
  addReads(program, world);
  addTransactions(program, world);
  addImportExport(program, world);
  addKeys(program, world);
  addCompletion(program, world);
  program.addHelpText('after', EPILOGUE);
  return program;
}
