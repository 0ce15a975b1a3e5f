/** The commands and flags as data, for the shells' completion scripts. */
import type { Command, Option } from 'commander';

export interface FlagDescription {
  /** `--json`, and `-c` where there is one. */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** The allowed values; empty where any text or file will do. */
  readonly choices: readonly string[];
}

export interface CommandDescription {
  /** `['keys', 'generate']`; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly flags: readonly FlagDescription[];
  /** Words that may follow: subcommands, or the choices of the first argument. */
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

function describeFlag(option: Option): FlagDescription {
  return {
    names: [option.long, option.short].filter((name) => typeof name === 'string'),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

function describeOne(command: Command, path: readonly string[]): CommandDescription {
  const subcommands = command.commands.map((child) => ({
    word: child.name(),
    description: child.summary() || child.description(),
  }));
  const choices = (command.registeredArguments[0]?.argChoices ?? []).map((word) => ({
    word,
    description: '',
  }));
  const help: FlagDescription = {
    names: ['--help', '-h'],
    description: 'show help',
    takesValue: false,
    choices: [],
  };
  return {
    path,
    description: command.summary() || command.description(),
    flags: [...command.options.filter((option) => !option.hidden).map(describeFlag), help],
    words: [...subcommands, ...choices],
  };
}

/** The program and all its commands, parents before children. */
export function describeCommands(
  command: Command,
  path: readonly string[] = [],
): CommandDescription[] {
  return [
    describeOne(command, path),
    ...command.commands.flatMap((child) => describeCommands(child, [...path, child.name()])),
  ];
}
