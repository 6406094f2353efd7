// What whoever runs the daemon does through it: backups out, and back in; and a checksum of what it has.
import { PassThrough, Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Backups } from '../../core/backup/backups.ts'
import { BackupError } from '../../core/backup/errors.ts'
import { BackupReader } from '../../core/backup/text.ts'
import type { Clock } from '../../core/clock.ts'
import { reason } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { OPERATOR } from '../../core/reserved-users.ts'
import { foldUserId } from '../../core/user-id.ts'
import type { Authentication } from '../auth.ts'
import { isForwarded } from '../forwarded.ts'
import { JSON_TYPE } from '../json-text.ts'
import { refuseOtherMethods } from '../methods.ts'
import { Problem } from '../problem.ts'
import { Upload } from './upload.ts'

export interface OperatorParts {
  readonly backups: Pick<Backups, 'make' | 'restore' | 'checksum'>
  readonly authentication: Authentication
  readonly clock: Clock
  readonly log: Log
  /** Where a backup is kept while it comes in. */
  readonly folder: string
}

const LINES_TYPE = 'application/x-ndjson; charset=utf-8'
/** A backup that comes no further is given up after so long, in milliseconds. */
const PATIENCE = 10 * 60_000

/** Returns what ends it. */
export function addOperatorRoutes(app: FastifyInstance, parts: OperatorParts): () => Promise<void> {
  const { backups, authentication, clock, log } = parts
  const upload = new Upload(parts.folder)
  let busy = false
  let cancel = (): void => {}

  function checkOperator(request: FastifyRequest): void {
    if (foldUserId(authentication.ofHeader(request)) !== OPERATOR) {
      throw new Problem(403, 'Only whoever has the secret of the daemon makes and restores backups: with its commands.')
    }
    // An application that signs tokens for whatever name somebody chose there must not give all presence away to the internet.
    if (!isForwarded(request)) return
    throw new Problem(403, 'Backups do not go through a proxy; ask the daemon at its own address.')
  }

  /** One at a time: whoever takes the turn gives it back. */
  function takeTurn(): void {
    if (busy) throw new Problem(409, 'Another backup is being restored; wait for its end.')
    busy = true
    cancel()
  }

  function endTurn(): void {
    busy = false
    cancel = clock.after(PATIENCE, () => void discard())
  }

  const discard = async (): Promise<void> => {
    cancel()
    await upload.discard()
  }

  app.get('/operator/backup', async (request, reply) => {
    checkOperator(request)
    const pieces = backups.make()
    // Before the answer begins, so that what can't be read is told as such.
    const first = await pieces.next()
    const text = async function* () {
      yield Buffer.from(first.value ?? '')
      for await (const piece of pieces) yield Buffer.from(piece)
    }
    log.info('a backup is made')
    return reply.header('content-type', LINES_TYPE).send(Readable.from(text(), { objectMode: false }))
  })

  app.get('/operator/checksum', async (request, reply) => {
    checkOperator(request)
    return reply.header('content-type', JSON_TYPE).send(JSON.stringify(await backups.checksum()))
  })

  app.put('/operator/restore', async (request, reply) => {
    checkOperator(request)
    const offset = Number(new URL(request.url, 'http://host').searchParams.get('offset'))
    takeTurn()
    try {
      if (offset === 0) await upload.begin()
      if (offset !== upload.size)
        throw new Problem(409, 'Pieces of the backup are missing; send it again from its start.')
      if (Buffer.isBuffer(request.body)) await upload.append(request.body)
    } finally {
      endTurn()
    }
    return reply.header('content-type', JSON_TYPE).send(`{"received":${upload.size}}`)
  })

  app.post('/operator/restore', async (request, reply) => {
    checkOperator(request)
    const keepNewer = new URL(request.url, 'http://host').searchParams.has('keep_newer')
    takeTurn()
    const made = await checked(upload).catch((error: unknown) => {
      endTurn()
      throw error
    })
    const lines = new PassThrough()
    // To its end, also when nobody waits for it any more.
    void restore(made, keepNewer, (line) => lines.destroyed || lines.write(`${JSON.stringify(line)}\n`)).finally(() => {
      lines.end()
      endTurn()
    })
    return reply.header('content-type', LINES_TYPE).send(lines)
  })

  /** Tells how far it is, and at last how it ended. Never rejects. */
  async function restore(made: number, keepNewer: boolean, tell: (line: object) => void): Promise<void> {
    try {
      const lead = clock.lead()
      const entries = new BackupReader().entries(upload.bytes(), lead)
      let last = {}
      for await (const progress of backups.restore(entries, { keepAfter: keepNewer ? made - lead : undefined })) {
        last = progress
        tell(progress)
      }
      log.notice(`restored the backup of ${new Date(made).toISOString()}`, { ...last })
      tell({ done: true, made: new Date(made).toISOString() })
    } catch (error) {
      log.error(`a backup was restored in part only: ${reason(error)}; restore it again`)
      tell({ error: reason(error) })
    } finally {
      await upload.discard()
    }
  }

  for (const name of ['backup', 'checksum']) refuseOtherMethods(app, `/operator/${name}`, ['GET'])
  refuseOtherMethods(app, '/operator/restore', ['PUT', 'POST'])
  return discard
}

/** When the backup was made, if it is a sound one. Throws a Problem. */
async function checked(upload: Upload): Promise<number> {
  const reader = new BackupReader()
  try {
    for await (const _ of reader.entries(upload.bytes(), 0));
    return reader.facts.made
  } catch (error) {
    await upload.discard()
    if (error instanceof BackupError) throw new Problem(400, `${error.message} Nothing was changed.`)
    throw error
  }
}
