// Compares what the daemon answers, and what watchers have been told, with what must be.
import type { PresenceDocument } from '../../src/client/index.ts'
import { decided } from '../support/combined-rule.ts'
import { NOTHING, type Role } from './role.ts'
import { ORDER } from './settings.ts'
import type { ChaosWatcher } from './watcher.ts'

/** The differences between the answers and what the people are; a sentence each, with the user, the expected and the seen. */
export function wrongAnswers(documents: ReadonlyMap<string, PresenceDocument>, roles: readonly Role[]): string[] {
  const wrong: string[] = []
  for (const [person, { sources, status, source, pending }] of documents) {
    const says = (what: string, expected: string, seen: string) =>
      wrong.push(`${person}: ${what} should be "${expected}" and is "${seen}"`)
    const own = roles.filter((role) => role.person === person)
    for (const name of ORDER) {
      const section = sources[name]
      const seen = section === undefined ? NOTHING : `${section.status}: ${section.message}`
      const expected = own.find((role) => role.source === name)?.expected() ?? NOTHING
      if (seen !== expected) says(name, expected, seen)
      else if (section?.stale === true) says(name, expected, `${seen} (stale)`)
    }
    const right = decided(sources, ORDER)
    const combined = source === null ? 'nobody' : `${status} ${source}`
    if (combined !== right) says('the combined status', right, combined)
    if (pending.length > 0) says('what is pending', '', pending.join(' '))
  }
  return wrong
}

/** Where the watcher's picture is another than the answers. */
export function wrongPicture(
  { name, picture }: ChaosWatcher,
  documents: ReadonlyMap<string, PresenceDocument>,
  wants: (person: string) => boolean,
): string[] {
  return [...documents].flatMap(([person, document]) => {
    if (!wants(person)) return []
    const known = picture.get(person)
    // Nobody is told of people of whom nothing was ever known, unless they ask for them.
    if (known === undefined && document.source === null) return []
    const [expected, seen] = [look(document), known === undefined ? 'nothing' : look(known)]
    return expected === seen ? [] : [`${name} knows of ${person} ${seen}, and GET says ${expected}`]
  })
}

/** All that a watcher is told of. */
function look({ status, message, source, since, stale, sources }: PresenceDocument): string {
  const sections = ORDER.flatMap((name) => {
    const section = sources[name]
    if (section === undefined) return []
    return [[name, section.status, section.message, section.since, section.stale === true, 'expires' in section]]
  })
  return JSON.stringify([status, message, source, since, stale, sections])
}
