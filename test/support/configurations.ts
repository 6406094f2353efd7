// Reads a presence.cfg given as text.
import assert from 'node:assert/strict'
import { type Configuration, ConfigurationError, readConfiguration } from '../../src/config/configuration.ts'
import { resolveSample } from './sample-plugins.ts'

/** What the file is said to be called. */
export const FILE = '/etc/kopano/presence.cfg'

/** The configuration of this text, with the sample plugins. */
export function configured(text: string | Uint8Array): Promise<Configuration> {
  const content = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return readConfiguration(content, { file: FILE, resolvePlugin: resolveSample })
}

/** The error with which this text is refused. */
export async function refused(text: string | Uint8Array): Promise<ConfigurationError> {
  try {
    await configured(text)
  } catch (error) {
    assert(error instanceof ConfigurationError, String(error))
    return error
  }
  return assert.fail('the file was accepted')
}
