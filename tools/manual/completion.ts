// The completion for bash, made from the commands as commander knows them.
import type { Command } from 'commander'

/** Commands whose first argument is a file. */
const FILE_COMMANDS = ['backup', 'restore', 'export', 'import']

/** The text of the script. */
export function bashCompletion(program: Command): string {
  const { commands } = program
  const global = flags(program)
  const cases = commands.map((command) => {
    const words = [...flags(command), ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])]
    return `    ${command.name()}) words='${[...words, ...global].join(' ')}' ;;`
  })
  return `# Completes the commands and options of kopano-presence in bash. Made by "npm run manual"; edit the sources instead.

_kopano_presence() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' words=''
  local index
  COMPREPLY=()
  case $before in
    -C | --config)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --source)
      mapfile -t COMPREPLY < <(compgen -W 'spreed manual' -- "$word")
      return
      ;;
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      -C | --config | --url | --source | --as) index=$((index + 1)) ;;
      -*) ;;
      *)
        command=\${COMP_WORDS[index]}
        break
        ;;
    esac
  done
  case $command in
    '') words='${[...commands.map((command) => command.name()), ...global].join(' ')}' ;;
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  case $command in
    ${FILE_COMMANDS.join(' | ')}) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word") ;;
  esac
}

complete -o filenames -F _kopano_presence kopano-presence
`
}

function flags(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ short, long }) => [short, long].flatMap((flag) => flag ?? []))
}
