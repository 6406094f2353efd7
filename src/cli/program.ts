// The command line: its commands, its help and its exit codes.
import { Command, CommanderError } from 'commander'
import { packageVersion } from '../core/package-version.ts'
import { printable } from '../core/printable.ts'
import { addBackup } from './backup.ts'
import { addBoardLink } from './board-link.ts'
import { addCheck } from './check.ts'
import { addCompare } from './compare.ts'
import type { CommandContext } from './context.ts'
import { addDoctor } from './doctor.ts'
import { addExport } from './export.ts'
import { failureText } from './failure.ts'
import { addForget } from './forget.ts'
import { addGet } from './get.ts'
import { addImport } from './import.ts'
import { addRestore } from './restore.ts'
import { addServe } from './serve.ts'
import { addSet } from './set.ts'
import { addSources } from './sources.ts'
import { addToken } from './token.ts'
import { addUnitDropIn } from './unit-drop-in.ts'
import { addWatch } from './watch.ts'
import { addWithdraw } from './withdraw.ts'

const FAILED = 1
const WRONG_USAGE = 2

/**
 * Runs the command that the arguments (without interpreter and script) name. Resolves to the exit code: 0 when all is well, 1 when the
 * command failed, 2 when it was called wrongly. Never rejects.
 */
export async function runCommandLine(
  argv: readonly string[],
  surroundings: Omit<CommandContext, 'exit'>,
): Promise<number> {
  let exitCode = 0
  const context: CommandContext = {
    ...surroundings,
    exit(code) {
      exitCode = code
    },
  }
  try {
    await makeProgram(context).parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has written help, version or mistake already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
    context.err(failureText(error, context.program))
    return FAILED
  }
}

/** The commands, their arguments and options, from which the manual page is made as well. */
export function makeProgram(context: CommandContext): Command {
  const program = new Command('kopano-presence')
  const line = (text: string) => text.replace(/\n$/, '')
  program
    .description('Collects the presence of users from many protocols and tells it in one simple form.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('-C, --config <FILE>', 'presence.cfg (default: in $KOPANO_CFG_DIR, else in /etc/kopano)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.out(line(text)),
      writeErr: (text) => context.err(line(text)),
      // A mistake repeats what was typed.
      outputError: (text, write) => write(text.split('\n').map(printable).join('\n')),
    })
    .showHelpAfterError('See --help for how it is called.')
    .exitOverride()
  const reading = [addGet, addWatch, addSources]
  for (const add of [
    addServe,
    addCheck,
    addDoctor,
    addToken,
    ...reading,
    addSet,
    addWithdraw,
    addForget,
    addBoardLink,
    addBackup,
    addRestore,
    addUnitDropIn,
    addExport,
    addImport,
    addCompare,
  ])
    add(program, context)
  return program
}
