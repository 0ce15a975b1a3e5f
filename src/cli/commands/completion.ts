/** `tangaroa completion bash|zsh|fish`. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import { describeCommands } from '../completion/describe.ts';
import { SHELLS, completionScript } from '../completion/scripts.ts';
import type { Shell } from '../completion/scripts.ts';
import type { World } from '../world.ts';

const EXAMPLES = `
Examples:
  $ source <(tangaroa completion bash)      # this shell; in ~/.bashrc: every one
  $ source <(tangaroa completion zsh)
  $ tangaroa completion fish > ~/.config/fish/completions/tangaroa.fish
`;

export function addCompletion(program: Command, world: World): void {
  program
    .command('completion')
    .summary("print a shell's completion script")
    .description('Prints a script that lets a shell complete commands, flags and their values.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) => {
      await world.out.write(completionScript(shell, describeCommands(program)));
    });
}
