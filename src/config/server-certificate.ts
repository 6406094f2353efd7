// The certificate and key with which the daemon itself speaks TLS, looked at before they are used.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { reason } from '../core/errors.ts'
import { type PlainFile, readPlainFile } from '../core/plain-file.ts'
import { unreadable } from './config-file.ts'
import { ConfigurationError } from './mistakes.ts'
import type { Settings } from './options.ts'

type Option = 'server_ssl_certificate_file' | 'server_ssl_key_file'
type CertificateSettings = Pick<Settings, Option | 'server_bind'>

export interface ServerCertificate {
  /** PEM: the server's own, then those that lead to its authority. */
  readonly certificate: string
  readonly key: string
  /** Sentences for the log. */
  readonly notes: readonly string[]
}

const LIMIT = 1024 * 1024
const DAY = 86_400_000
/** So long before its end a certificate should have been renewed. */
const RENEWAL = 7 * DAY

/** Undefined when none is set. `now` in milliseconds. Throws ConfigurationError with the culprit and the remedy. */
export async function readServerCertificate(
  settings: CertificateSettings,
  now: number,
): Promise<ServerCertificate | undefined> {
  const { server_ssl_certificate_file: certificateFile, server_ssl_key_file: keyFile } = settings
  if (certificateFile === undefined && keyFile === undefined) return undefined
  if (certificateFile === undefined || keyFile === undefined) {
    const missing: Option = keyFile === undefined ? 'server_ssl_key_file' : 'server_ssl_certificate_file'
    throw new ConfigurationError([{ file: missing, text: 'is missing; TLS needs a certificate and its key' }])
  }
  if (settings.server_bind.startsWith('unix:')) {
    throw wrong(
      'server_ssl_certificate_file',
      certificateFile,
      'is not for a Unix socket; take it out, or listen on an address',
    )
  }
  const certificate = (await read('server_ssl_certificate_file', certificateFile)).content.toString()
  const { content, isPublic } = await read('server_ssl_key_file', keyFile)
  const key = content.toString()
  const parsed = parsedCertificate(certificate, certificateFile)
  if (!parsed.checkPrivateKey(parsedKey(key, keyFile))) {
    throw wrong('server_ssl_key_file', keyFile, `is not the key of the certificate in ${certificateFile}`)
  }
  try {
    createSecureContext({ cert: certificate, key })
  } catch (error) {
    throw wrong('server_ssl_certificate_file', certificateFile, `can't be used for TLS: ${reason(error)}`)
  }
  const notes = [...timeNotes(parsed, certificateFile, now), ...(isPublic ? [openKey(keyFile)] : [])]
  return { certificate, key, notes }
}

async function read(option: Option, file: string): Promise<PlainFile> {
  try {
    return await readPlainFile(file, LIMIT)
  } catch (error) {
    throw wrong(option, file, unreadable(error))
  }
}

function parsedCertificate(text: string, file: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch {
    const remedy = 'it must be in PEM form ("-----BEGIN CERTIFICATE-----"), the server\'s own first'
    throw wrong('server_ssl_certificate_file', file, `holds no certificate; ${remedy}`)
  }
}

function parsedKey(text: string, file: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    const remedy =
      'the daemon has nobody to ask for its password; decrypt it (openssl pkey -in OLD -out NEW, mode 0600)'
    throw wrong('server_ssl_key_file', file, `is encrypted, and ${remedy}`)
  }
  try {
    return createPrivateKey(text)
  } catch {
    throw wrong('server_ssl_key_file', file, 'holds no key; it must be in PEM form ("-----BEGIN PRIVATE KEY-----")')
  }
}

function timeNotes(certificate: X509Certificate, file: string, now: number): string[] {
  const place = `server_ssl_certificate_file ${file}`
  const from = Date.parse(certificate.validFrom)
  const until = Date.parse(certificate.validTo)
  if (now < from) return [`${place}: the certificate is not valid before ${isoTime(from)}; check the clock`]
  if (now > until) return [`${place}: the certificate has expired on ${isoTime(until)}, so clients refuse it; renew it`]
  return until - now < RENEWAL ? [`${place}: the certificate expires on ${isoTime(until)}; renew it`] : []
}

function isoTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '')
}

function openKey(file: string): string {
  return `server_ssl_key_file ${file}: every account of this machine can read the key; close it (chmod o-r)`
}

function wrong(option: Option, file: string, text: string): ConfigurationError {
  return new ConfigurationError([{ file: `${option} ${file}`, text }])
}
