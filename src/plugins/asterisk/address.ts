// Where Asterisk is, and what is said when it can't be reached there.
import type { FailureWords } from '../../net/failures.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** The name of the source, which begins its options. */
  readonly source: string
}

export function failureWords({ host, source }: Address): FailureWords {
  const check = `check ${source}_host and ${source}_port`
  return {
    refused: `the connection was refused; start Asterisk, see that manager.conf says enabled = yes, or ${check}`,
    check,
    host: `${source}_host`,
    authorities: `${source}_ca_file`,
    identity: host,
    otherIdentity: `set ${source}_host to a name that it is for, or give Asterisk a certificate for ${host}`,
    noTls: `${source}_port is the one of tlsbindaddr in manager.conf (5039 if it names none)`,
  }
}
