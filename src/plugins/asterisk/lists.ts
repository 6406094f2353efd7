// The three lists that tell everything: hints, device states, presence states.
import type { Clock } from '../../core/clock.ts'
import { FatalError } from '../../core/errors.ts'
import { inTime } from '../../net/deadline.ts'
import type { Connection } from './connection.ts'
import type { Listed } from './directory.ts'
import { deviceKey, type Hint, readHint } from './hints.ts'
import { words } from './login.ts'
import { type AmiMessage, field, unescapeText } from './message.ts'
import type { PresenceState } from './states.ts'

/** How long all lists together may take, in milliseconds: they can be megabytes. */
export const LISTS_PATIENCE = 60_000

/** Who answers which list. */
const MODULES = {
  DeviceStateList: 'res_manager_devicestate.so',
  ExtensionStateList: 'the core of Asterisk 13 or later',
  PresenceStateList: 'res_manager_presencestate.so',
} as const

type ListName = keyof typeof MODULES

/** Asks for all of them at once. Rejects when one is refused, late or incomplete. */
export async function askForLists(connection: Connection, clock: Clock): Promise<Listed> {
  // No race with the end of the connection, which would keep every answer until then: the requests themselves reject.
  const all = Promise.all([
    askFor(connection, 'DeviceStateList'),
    askFor(connection, 'PresenceStateList'),
    // Last, so that a hint that is new by now finds its devices in the list before, or they come as changes.
    askFor(connection, 'ExtensionStateList'),
  ])
  const [devices, presences, extensions] = await inTime(clock, LISTS_PATIENCE, 'the lists of states', all)
  return { devices: readDevices(devices), presences: readPresences(presences), hints: readHints(extensions) }
}

async function askFor(connection: Connection, name: ListName): Promise<readonly AmiMessage[]> {
  const { answer, items } = await connection.list(name)
  if (answer.kind === 'response') throw refusal(name, words(answer))
  const announced = Number.parseInt(field(answer, 'listitems'), 10)
  if (items.length < announced) {
    throw new Error(`the answer to ${name} is incomplete: ${items.length} of ${announced} items came`)
  }
  return items
}

function refusal(name: ListName, text: string): Error {
  if (/permission denied/i.test(text)) {
    return new FatalError(`the user may not ask for ${name}; its section in manager.conf needs write = reporting`)
  }
  if (/unknown command/i.test(text)) {
    return new Error(`Asterisk does not know ${name}; it comes with ${MODULES[name]} (module show like res_manager)`)
  }
  return new Error(`the server refuses ${name} (${text})`)
}

function readDevices(items: readonly AmiMessage[]): Map<string, string> {
  return new Map(items.map((item) => [deviceKey(field(item, 'device')), field(item, 'state')]))
}

function readPresences(items: readonly AmiMessage[]): Map<string, PresenceState> {
  return new Map(items.map((item) => [field(item, 'presentity'), readPresence(item)]))
}

/** A presence state, from a list or a change. */
export function readPresence(message: AmiMessage): PresenceState {
  const text = (key: string) => unescapeText(field(message, key))
  return { status: field(message, 'status'), subtype: text('subtype'), message: text('message') }
}

/** A hint's own status is left aside: a switch in it hides a phone that is off. */
function readHints(items: readonly AmiMessage[]): (Hint & { context: string })[] {
  return items
    .filter((item) => field(item, 'exten') !== '')
    .map((item) => ({ ...readHint(field(item, 'exten'), field(item, 'hint')), context: field(item, 'context') }))
}
