// `kopano-presence check`: validates presence.cfg and the user map without starting anything.
import type { Command } from 'commander'
import { defaultFile } from '../config/config-file.ts'
import { type Configuration, ConfigurationError } from '../config/configuration.ts'
import { readServerCertificate } from '../config/server-certificate.ts'
import { printable } from '../core/printable.ts'
import { parseAddress } from '../core/redis-address.ts'
import { loadChosen } from './chosen-configuration.ts'
import type { CommandContext } from './context.ts'

export function addCheck(program: Command, context: CommandContext): void {
  program
    .command('check')
    .description('check presence.cfg without starting the daemon')
    .action(async (_flags: unknown, command: Command) => {
      try {
        const configuration = await loadChosen(
          command.optsWithGlobals<{ config?: string }>().config,
          context,
          () => true,
        )
        tellNotes(configuration.notes, context)
        tellNotes((await readServerCertificate(configuration.settings, context.now()))?.notes ?? [], context)
        context.out(printable(summary(configuration, context)))
      } catch (error) {
        if (error instanceof ConfigurationError) tellNotes(error.notes, context)
        throw error
      }
    })
}

function tellNotes(notes: readonly string[], context: CommandContext): void {
  for (const note of notes) context.out(`note: ${printable(note)}`)
}

function summary({ file, settings, plugins }: Configuration, context: CommandContext): string {
  const name = file ?? `the defaults, since there is no ${defaultFile(context.environment)}`
  const sources = plugins.map(({ source, definition }) =>
    source === definition.name ? source : `${source} (by the plugin ${definition.name})`,
  )
  const { server_bind: bind, server_port: port, server_ssl_certificate_file: certificate } = settings
  const tls = certificate === undefined ? '' : ' with TLS'
  const place = (bind.startsWith('unix:') ? bind : `port ${port} of ${bind}`) + tls
  const { store, redis_url: url } = settings
  const data = store === 'redis' && url !== undefined ? parseAddress(url).shown : settings.data_path
  return `ok: ${name}: sources ${sources.join(', ')}; ${place}; data in ${data}`
}
