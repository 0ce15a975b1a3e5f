/** Completion scripts for bash, zsh and fish, made from the description of the commands. */
import type { CommandDescription, FlagDescription } from './describe.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function pathPattern(command: CommandDescription): string {
  return `'${command.path.join(' ')}'`;
}

function pathCases(commands: readonly CommandDescription[]): string {
  return commands
    .filter((command) => command.path.length > 0)
    .map((command) => `      ${pathPattern(command)}) command=${pathPattern(command)} ;;`)
    .join('\n');
}

function bashCase(command: CommandDescription): string {
  const words = command.words.map((entry) => entry.word).join(' ');
  const flags = command.flags.flatMap((flag) => flag.names).join(' ');
  return `    ${pathPattern(command)}) words=${quote(words)}; flags=${quote(flags)} ;;`;
}

/** A flag of the same name takes the same values in every command, so one table serves all. */
function bashValueCases(commands: readonly CommandDescription[]): string {
  const flags = commands.flatMap((command) => command.flags).filter((flag) => flag.takesValue);
  const lines = flags.map((flag) => {
    const source = flag.choices.length > 0 ? `-W ${quote(flag.choices.join(' '))}` : '-f';
    return `    ${flag.names.join('|')}) COMPREPLY=($(compgen ${source} -- "$current")); return ;;`;
  });
  return [...new Set(lines)].join('\n');
}

function bash(commands: readonly CommandDescription[]): string {
  return `# bash completion for tangaroa: source <(tangaroa completion bash)
_tangaroa() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' word words='' flags='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "\${command:+$command }$word" in
${pathCases(commands)}
    esac
  done
  case "$previous" in
${bashValueCases(commands)}
  esac
  case "$command" in
${commands.map(bashCase).join('\n')}
  esac
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
  else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _tangaroa tangaroa
`;
}

function zshFlag(flag: FlagDescription): string[] {
  const text = flag.description.replaceAll(/[[\]:\\]/gu, '\\$&');
  const value = !flag.takesValue
    ? ''
    : flag.choices.length > 0
      ? `:value:(${flag.choices.join(' ')})`
      : ':value:_files';
  return flag.names.map((name) => quote(`${name}[${text}]${value}`));
}

function zshCase(command: CommandDescription): string {
  const entries = command.words.map((entry) =>
    quote(`${entry.word}:${entry.description.replaceAll(':', '\\:')}`),
  );
  const flags = command.flags.flatMap(zshFlag);
  return `    ${pathPattern(command)}) entries=(${entries.join(' ')}); flags=(${flags.join(' ')}) ;;`;
}

function zsh(commands: readonly CommandDescription[]): string {
  return `#compdef tangaroa
# zsh completion for tangaroa: source <(tangaroa completion zsh)
_tangaroa() {
  local command='' word
  local -a entries flags
  for word in \${words[2,CURRENT-1]}; do
    case "\${command:+$command }$word" in
${pathCases(commands)}
    esac
  done
  case "$command" in
${commands.map(zshCase).join('\n')}
  esac
  if [[ $words[CURRENT] == -* || $words[CURRENT-1] == -* ]]; then
    _arguments -S $flags '*:file:_files'
  elif (( $#entries )); then _describe command entries
  else _files; fi
}
compdef _tangaroa tangaroa
`;
}

function fishCommand(command: CommandDescription): string[] {
  const [first, second] = command.path;
  const names = command.words.map((entry) => entry.word).join(' ');
  const condition =
    first === undefined
      ? '__fish_use_subcommand'
      : second !== undefined
        ? `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`
        : `__fish_seen_subcommand_from ${first}${names === '' ? '' : `; and not __fish_seen_subcommand_from ${names}`}`;
  const head = `complete -c tangaroa -n ${quote(condition)}`;
  const words = command.words.map(
    (entry) => `${head} -f -a ${quote(entry.word)} -d ${quote(entry.description)}`,
  );
  const flags = command.flags.map((flag) => {
    const long = (flag.names[0] ?? '').replace(/^--/u, '');
    const short = flag.names[1] === undefined ? '' : ` -s ${flag.names[1].replace('-', '')}`;
    const value = !flag.takesValue
      ? ''
      : flag.choices.length > 0
        ? ` -x -a ${quote(flag.choices.join(' '))}`
        : ' -r';
    return `${head} -l ${long}${short}${value} -d ${quote(flag.description)}`;
  });
  return [...words, ...flags];
}

function fish(commands: readonly CommandDescription[]): string {
  return `# fish completion for tangaroa: tangaroa completion fish | source
${commands.flatMap(fishCommand).join('\n')}
`;
}

/** A script for the shell's own completion. It runs nothing of ours while completing. */
export function completionScript(shell: Shell, commands: readonly CommandDescription[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}
