// Questions that come again word for word are read once, and everything that may change is looked at each time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headOf, type Question, Questions } from '../../../src/http/questions.ts'
import { startSite } from '../../support/http-site.ts'

const question = (name: string): Question => ({
  credentials: { AuthenticationToken: undefined },
  asked: [{ userId: name, head: headOf(name) }],
})
const bytes = (letter: string, size: number): Buffer => Buffer.from(letter.repeat(size))

test('what comes for the third time is not read again, whatever is small, huge or new is', () => {
  const questions = new Questions()
  let read = 0
  const ask = (body: unknown): string | undefined =>
    questions.of(body, () => {
      read += 1
      return question(`question ${read}`)
    }).asked[0]?.userId
  const body = bytes('a', 2_000)
  assert.deepEqual(
    [ask(body), ask(Buffer.from(body)), ask(Buffer.from(body))],
    ['question 1', 'question 2', 'question 2'],
  )
  assert.equal(ask(bytes('b', 2_000)), 'question 3')
  for (const other of [bytes('a', 100), bytes('a', 300_000), undefined]) {
    const before = read
    for (let time = 0; time < 3; time += 1) ask(other)
    assert.equal(read, before + 3)
  }
})

test('what is remembered is bounded by the bytes of the bodies', () => {
  const questions = new Questions()
  let read = 0
  const ask = (number: number): void => {
    const body = Buffer.from(String(number).padStart(200_000, '0'))
    questions.of(body, () => {
      read += 1
      return question('x')
    })
  }
  for (let number = 0; number < 60; number += 1) for (let time = 0; time < 2; time += 1) ask(number)
  assert.equal(read, 120)
  ask(59)
  assert.equal(read, 120)
  ask(0)
  assert.equal(read, 121, 'the first ones had to go')
})

test('what can not be read is said each time, and not remembered', () => {
  const questions = new Questions()
  const bad = (): never => {
    throw new Error('bad')
  }
  const body = bytes('a', 2_000)
  for (let time = 0; time < 3; time += 1) assert.throws(() => questions.of(body, bad), /bad/)
})

test('the same question is answered by what is known now, and for a valid token only', async (t) => {
  const site = await startSite(t)
  const names = Array.from({ length: 100 }, (_, index) => `user${index}@example.com`)
  const body = site.body(names.map((user_id) => ({ user_id })))
  const ask = () => site.ask('GET', '/', { body })
  for (let time = 0; time < 3; time += 1) assert.equal((await ask()).status, 200)
  const AWAY = { status: 'away', message: 'at lunch' }
  await site.ask('PUT', '/', { body: site.body([{ user_id: 'USER7@example.com', spreed: AWAY }]) })
  const { UserStatus } = JSON.parse((await ask()).body)
  assert.deepEqual(
    UserStatus,
    names.map((user_id, index) => (index === 7 ? { user_id, spreed: AWAY } : { user_id })),
  )
  await site.clock.advance(6 * 60_000)
  const late = await ask()
  assert.equal(late.status, 401)
  assert.match(late.body, /expired/)
})
