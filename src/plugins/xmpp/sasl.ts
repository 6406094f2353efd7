// Logging in: which mechanism, and what a refusal means for the administrator (RFC 6120, section 6).
import { FatalError, reason } from '../../core/errors.ts'
import { excerpt } from '../../core/printable.ts'
import { type Mechanism, SaslFactory, type StreamFeatures, useSasl, type XmlElement } from './library.ts'
import { toOctets } from './octets.ts'
import { type Credentials, Scram, ScramError, type ScramHash } from './scram.ts'
import type { ClientStream } from './stream.ts'

const NS_SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Best first. */
const MECHANISMS: readonly string[] = ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN']

/** The password as it is (RFC 4616): for TLS, or where the administrator has given up on it. */
class Plain implements Mechanism {
  readonly name = 'PLAIN'
  readonly clientFirst = true

  challenge(): void {}

  response({ username, password }: Credentials): string {
    return toOctets(`\0${username}\0${password}`)
  }
}

export interface LoginContext {
  readonly credentials: Credentials
  /** `xmpp_tls = none`: the password may be sent in the clear. */
  readonly mayBeInsecure: boolean
  readonly source: string
}

/** Logs in as soon as the server offers it, and tells when the server has proved itself too. Failures end the stream. */
export function installSasl(
  stream: ClientStream,
  streamFeatures: StreamFeatures,
  context: LoginContext,
  loggedIn: () => void,
): void {
  const { credentials, mayBeInsecure } = context
  const saslFactory = new SaslFactory()
  let scram: Scram | undefined
  const remembering = (hash: ScramHash) =>
    class extends Scram {
      constructor() {
        super(hash)
        scram = this
      }
    }
  saslFactory.use('SCRAM-SHA-256', remembering('sha256'))
  saslFactory.use('SCRAM-SHA-1', remembering('sha1'))
  saslFactory.use('PLAIN', Plain)
  useSasl({ streamFeatures, saslFactory }, async (done, offered) => {
    const mechanism = MECHANISMS.find((name) => offered.includes(name))
    if (mechanism === undefined || (!stream.isSecure() && !mayBeInsecure)) throw noMechanism(offered, context)
    // The library tells its mechanisms nothing of the success, where the server's signature is.
    let success = ''
    const listen = (element: XmlElement) => {
      if (element.is('success', NS_SASL)) success = Buffer.from(element.getText(), 'base64').toString('utf8')
    }
    stream.on('nonza', listen)
    try {
      await done(credentials, mechanism)
      scram?.finish(success)
      loggedIn()
    } catch (error) {
      throw saslFailure(error, context)
    } finally {
      stream.off('nonza', listen)
    }
  })
}

/** The refusal when the features offer no mechanism that we have; undefined when they do. */
export function mechanismMistake(features: XmlElement, context: LoginContext): Error | undefined {
  const mechanisms = features.getChild('mechanisms', NS_SASL)?.getChildElements() ?? []
  const offered = mechanisms.map((mechanism) => mechanism.getText().trim())
  return MECHANISMS.some((name) => offered.includes(name)) ? undefined : noMechanism(offered, context)
}

function noMechanism(offered: readonly string[], { source }: LoginContext): Error {
  const what = offered.length === 0 ? 'no way to log in' : `only ${excerpt(offered.join(', '), 200)} to log in`
  return new FatalError(`the server offers ${what}; enable ${MECHANISMS.join(', ')} there, or check ${source}_tls`)
}

/** What a failed login means. */
export function saslFailure(error: unknown, { source }: LoginContext): Error {
  if (error instanceof FatalError) return error
  if (error instanceof ScramError) return new FatalError(`the login was broken off: ${error.message}`)
  if (!(error instanceof Error) || error.name !== 'SASLError' || !('condition' in error)) {
    return error instanceof Error ? error : new Error(reason(error))
  }
  switch (error.condition) {
    case 'not-authorized':
      return new FatalError(`the server refused the login; check ${source}_jid and ${source}_password (not-authorized)`)
    case 'account-disabled':
    case 'credentials-expired':
      return new FatalError(
        `the server refused the login: enable the account or renew its password there (${error.condition})`,
      )
    case 'encryption-required':
      return new FatalError(`the server wants TLS for the login; set ${source}_tls to starttls or direct`)
    case 'invalid-mechanism':
    case 'mechanism-too-weak':
      return new FatalError(`the server refused the way of logging in (${error.condition}); enable SCRAM-SHA-256 there`)
    case 'temporary-auth-failure':
      return new Error('the server can not check passwords at the moment (temporary-auth-failure)')
    default:
      return new Error(`the server refused the login (${excerpt(error.message, 200)})`)
  }
}
