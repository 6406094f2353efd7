// `kopano-presence unit-drop-in`: prints what systemd has to know of presence.cfg, as a drop-in of the unit.
import type { Command } from 'commander'
import { loadOwnSettings } from '../config/configuration.ts'
import { unitDropIn } from '../config/unit-drop-in.ts'
import { printable } from '../core/printable.ts'
import { chooseFile } from './chosen-configuration.ts'
import type { CommandContext } from './context.ts'

export function addUnitDropIn(program: Command, context: CommandContext): void {
  program
    .command('unit-drop-in')
    .description('print the lines that the systemd unit needs for this presence.cfg, if any')
    .action(async (_flags: unknown, command: Command) => {
      const { file, defaults } = await chooseFile(command.optsWithGlobals<{ config?: string }>().config, context)
      // A trial without a file is started by hand, and the unit never is without one.
      const { settings, given } = await loadOwnSettings({ file, defaults: file === undefined ? {} : defaults })
      const { lines, notes } = unitDropIn(settings, given)
      for (const note of notes) context.err(printable(note))
      if (lines.length === 0) return
      context.out(`# Made from ${printable(file ?? 'presence.cfg')} by "kopano-presence unit-drop-in".`)
      for (const line of ['[Service]', ...lines]) context.out(printable(line))
    })
}
