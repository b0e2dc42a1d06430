import { Argument, type Command } from 'commander'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const
type Shell = keyof typeof scripts

/** Adds `completion`, which prints a script that completes the names of commands and options in a shell. */
export function addCompletion(commands: Command): void {
  commands
    .command('completion')
    .description('print a completion script for a shell: eval "$(tidemark completion bash)"')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .action((shell: Shell) => console.log(scripts[shell](wordsOf(commands))))
}

interface Words {
  readonly program: string
  readonly commands: readonly { readonly name: string; readonly summary: string; readonly options: readonly string[] }[]
}

function wordsOf(program: Command): Words {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    summary: command.description(),
    options: [
      ...command.commands.flatMap((below) => [below.name(), ...optionsOf(below)]),
      ...optionsOf(command),
      '--help',
    ],
  }))
  return { program: program.name(), commands }
}

function optionsOf({ options }: Command): string[] {
  return options.flatMap(({ long }) => long ?? [])
}

function bashScript({ program, commands }: Words): string {
  const cases = commands.map(({ name, options }) => `    ${name}) words="${options.join(' ')}" ;;`)
  return `_${program}() {
  local words
  case "\${COMP_CWORD}:\${COMP_WORDS[1]}" in
    1:*) words="${commands.map(({ name }) => name).join(' ')}" ;;
    *) case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _${program} ${program}`
}

/** zsh reads completions of bash. */
function zshScript(words: Words): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(words)}`
}

function fishScript({ program, commands }: Words): string {
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c ${program} -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...options.map(
      (option) => `complete -c ${program} -f -n '__fish_seen_subcommand_from ${name}' -l ${option.slice('--'.length)}`,
    ),
  ])
  return lines.join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}
