// What a server's stream error means for the administrator (RFC 6120, section 4.9.3).
import { FatalError } from '../../core/errors.ts'
import { excerpt } from '../../core/printable.ts'
import type { XmlElement } from './library.ts'

const NS_STREAM_ERRORS = 'urn:ietf:params:xml:ns:xmpp-streams'

export interface StreamErrorContext {
  readonly domain: string
  readonly source: string
}

/** The error that ends the session. A server may say anything in its text, so that is shortened and made printable. */
export function streamFailure(element: XmlElement, { domain, source }: StreamErrorContext): Error {
  const children = element.getChildElements().filter((child) => child.is(child.name, NS_STREAM_ERRORS))
  const condition = children.find(({ name }) => name !== 'text')
  const name = condition?.name ?? 'undefined-condition'
  const text = children.find((child) => child.name === 'text')?.getText() ?? ''
  const said = text === '' ? `"${excerpt(name)}"` : `"${excerpt(name)}: ${excerpt(text, 200)}"`
  // ejabberd ends the sessions of a deleted account with a conflict, Prosody with not-authorized.
  if (name === 'not-authorized' || (name === 'conflict' && /removed|deleted/i.test(text))) {
    return new FatalError(
      `the account was removed or may not log in any more; check ${source}_jid (the server says ${said})`,
    )
  }
  return new Error(`${explanation(name, domain, source, condition)} (the server says ${said})`)
}

function explanation(name: string, domain: string, source: string, condition: XmlElement | undefined): string {
  switch (name) {
    case 'conflict':
      return `another session with the same resource has taken over; give each daemon its own ${source}_resource or account`
    case 'host-unknown':
    case 'host-gone':
      return `the server does not serve ${domain}; check ${source}_jid and ${source}_host`
    case 'system-shutdown':
      return 'the server is shutting down'
    case 'see-other-host':
      return `the server sends its users to ${excerpt(condition?.getText() ?? '')}; set ${source}_host and ${source}_port to that`
    case 'reset':
      return 'the server wants a new session'
    case 'connection-timeout':
      return 'the server heard nothing for too long'
    case 'policy-violation':
      return 'the server refuses the session by its policy'
    case 'resource-constraint':
      return 'the server lacks the resources for another session'
    default:
      return 'the server ended the stream'
  }
}
