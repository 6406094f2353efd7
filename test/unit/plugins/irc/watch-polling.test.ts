// Following people who have to be asked for: without MONITOR, in channels, and by their accounts.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { links, MODERN, userhost, WatchScene } from '../../../support/irc-watch.ts'

const whois = (nick: string, ...lines: readonly string[]) => [
  `:s 311 me ${nick} u h * :x`,
  ...lines,
  `:s 318 me ${nick} :End`,
]

suite('a server without MONITOR', () => {
  test('five people are asked for in a line, the longest unasked first', () => {
    const scene = new WatchScene({ follow: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] })
    assert.equal(scene.exchange(userhost('a', 'b')), 'USERHOST a b c d e')
    assert.equal(scene.watch.settled, false)
    scene.passes(2_000)
    assert.equal(scene.exchange(userhost('f')), 'USERHOST f g')
    assert.equal(scene.exchange(...links('s')), 'LINKS')
    assert.equal(scene.watch.settled, true)
    scene.passes(28_000)
    assert.equal(scene.exchange(userhost('a', 'b')), 'USERHOST a b c d e')
    scene.passes(2_000)
    assert.equal(scene.exchange(userhost('f')), 'USERHOST f g')
    assert.equal(scene.asks(), undefined)
  })

  test('a user with several nicks is told of once all are known, and the most available one speaks', () => {
    const scene = new WatchScene({ follow: ['a=u@x', 'b', 'c', 'd', 'e', 'f=u@x'] })
    scene.exchange(userhost('-a'))
    scene.exchange(userhost('f'))
    assert.equal(scene.user('u@x'), undefined)
    scene.exchange(...whois('a', ':s 301 me a :tea'))
    assert.equal(scene.user('u@x'), 'available')
  })

  test('whoever goes away is there until the text is known', () => {
    const scene = new WatchScene({ follow: ['anna'] })
    scene.exchange(userhost('anna'))
    scene.exchange(...links('s'))
    scene.passes(30_000)
    scene.exchange(userhost('-anna'))
    assert.equal(scene.asks(), 'WHOIS anna')
    scene.says(':s 311 me anna u h * :x', ':s 301 me anna :tea', ':s 318 me somebody :End')
    assert.equal(scene.user('anna@x'), 'available')
    scene.says(':s 318 me anna :End')
    assert.deepEqual(scene.told, ['anna@x available', 'anna@x away tea'])
  })

  test('whether somebody has left is settled before the next ones are asked for', () => {
    const scene = new WatchScene({ follow: ['a', 'b', 'c', 'd', 'e', 'f'] })
    scene.answers({ USERHOST: () => [userhost('a')], LINKS: () => links('s') })
    scene.passes(31_000)
    assert.equal(scene.exchange(userhost()), 'USERHOST a b c d e')
    assert.equal(scene.user('a@x'), 'available')
    assert.equal(scene.exchange(...links('s')), 'LINKS')
    assert.equal(scene.user('a@x'), 'unavailable')
  })

  test('only one question is out at a time', () => {
    const scene = new WatchScene({ follow: ['a', 'b', 'c', 'd', 'e', 'f'] })
    assert.equal(scene.asks(), 'USERHOST a b c d e')
    assert.equal(scene.asks(), undefined)
  })

  test('the text is asked for when somebody goes away, and again every fourth round', () => {
    const scene = new WatchScene({ follow: ['anna'], busyWords: ['busy'] })
    scene.exchange(userhost('-anna'))
    assert.equal(scene.user('anna@x'), undefined, 'nothing is said before the text is known')
    assert.equal(scene.exchange(...whois('anna', ':s 301 me anna :tea')), 'WHOIS anna')
    assert.equal(scene.user('anna@x'), 'away tea')
    scene.exchange(...links('s'))
    const asked: string[] = []
    for (let round = 0; round < 4; round += 1) {
      scene.passes(30_000)
      asked.push(
        ...scene.answers({
          USERHOST: () => [userhost('-anna')],
          LINKS: () => links('s'),
          WHOIS: () => whois('anna', ':s 301 me anna :so busy'),
        }),
      )
    }
    assert.equal(asked.filter((line) => line === 'WHOIS anna').length, 1)
    assert.equal(scene.user('anna@x'), 'busy so busy')
  })

  test('a text that is not told for long does not hold everything up', () => {
    const scene = new WatchScene({ follow: ['anna'] })
    scene.exchange(userhost('-anna'))
    assert.equal(scene.asks(), 'WHOIS anna')
    scene.passes(19_000)
    assert.equal(scene.user('anna@x'), undefined)
    scene.says(':s 318 me anna :End')
    scene.says(':s 302 me :x')
    const slow = new WatchScene({ follow: ['anna', 'b'] })
    slow.exchange(userhost('-anna', '-b'))
    slow.asks()
    slow.passes(19_999)
    slow.says(...whois('anna', ':s 301 me anna :tea'))
    slow.passes(1)
    assert.equal(slow.user('b@x'), 'away')
  })

  test('busy words are words, in any case', () => {
    const scene = new WatchScene({ capabilities: MODERN, follow: ['anna'], busyWords: ['busy', 'in-call'] })
    scene.exchange(userhost('anna'))
    scene.exchange(...links('s'))
    for (const text of ['BUSY!', 'now in-call', 'busybody', 'überbusy']) scene.says(`:anna!u@h AWAY :${text}`)
    const statuses = scene.told.slice(1).map((line) => line.split(' ')[1])
    assert.deepEqual(statuses, ['busy', 'busy', 'away', 'away'])
    assert.equal(scene.user('anna@x'), 'away überbusy')
  })

  test('a command that the server does not know ends the session with its name', () => {
    const scene = new WatchScene({ follow: ['anna'] })
    scene.asks()
    assert.throws(() => scene.says(':s 421 me USERHOST :Unknown command'), /does not let us use USERHOST/)
  })

  test('a server that asks to try again later is asked again', () => {
    const scene = new WatchScene({ follow: ['anna'] })
    assert.equal(scene.exchange(':s 263 me USERHOST :Try again'), 'USERHOST anna')
    assert.equal(scene.exchange(userhost('anna')), 'USERHOST anna')
    assert.equal(scene.user('anna@x'), 'available')
  })
})

suite('channels', () => {
  const joined = (names: string) => [':me!u@h JOIN #a', `:s 353 me = #a :${names}`, ':s 366 me #a :End']

  test('people are users of the domain while they are there; the daemon itself is nobody', () => {
    const scene = new WatchScene({ channels: ['#a'], domain: 'x' })
    assert.equal(scene.exchange(...joined('@me +Guest')), 'JOIN #a')
    assert.equal(
      scene.exchange(':s 352 me #a u h s Guest H :0 x', ':s 352 me #a u h s me G :0 x', ':s 315 me #a :End'),
      'WHO #a',
    )
    assert.equal(scene.exchange(...links('s')), 'LINKS')
    assert.deepEqual(scene.told, ['guest@x available'])
    scene.says(':Guest!u@h PART #a')
    assert.deepEqual(scene.told.slice(1), ['guest@x withdrawn'])
  })

  test('whoever comes is asked about before those whose turn it is', () => {
    const scene = new WatchScene({ channels: ['#a'], domain: 'x', follow: ['a', 'b', 'c', 'd', 'e'] })
    scene.exchange(...joined('me'))
    scene.answers({ WHO: () => [':s 315 me #a :End'], USERHOST: () => [userhost()], LINKS: () => links('s') })
    scene.passes(31_000)
    scene.says(':guest!u@h JOIN #a')
    assert.equal(scene.exchange(userhost('guest')), 'USERHOST guest a b c d')
  })

  test('whoever quits is unavailable', () => {
    const scene = new WatchScene({ channels: ['#a'], domain: 'x' })
    scene.exchange(...joined('me guest'))
    scene.exchange(':s 352 me #a u h s guest G :0 x', ':s 315 me #a :End')
    scene.exchange(...whois('guest', ':s 301 me guest :tea'))
    scene.says(':guest!u@h QUIT :"bye"')
    assert.deepEqual(scene.told, ['guest@x away tea', 'guest@x unavailable'])
  })

  test('without a domain, people whom nothing maps are counted and named, not told of', () => {
    const scene = new WatchScene({ channels: ['#a'], follow: ['anna'] })
    scene.exchange(...joined('me anna guest'))
    scene.exchange(':s 352 me #a u h s guest H :0 x', ':s 352 me #a u h s anna H :0 x', ':s 315 me #a :End')
    assert.deepEqual(scene.told, ['anna@x available'])
    const { members, unmapped } = scene.watch.situation()
    assert.deepEqual([members, unmapped], [2, ['guest']])
  })

  test('a channel that is closed to us is told with the server’s words, and tried again', () => {
    const scene = new WatchScene({ channels: ['#a'], domain: 'x' })
    assert.equal(scene.exchange(':s 473 me #a :Cannot join channel (+i)'), 'JOIN #a')
    assert.deepEqual(scene.watch.situation().channelsOut, [{ name: '#a', reason: 'Cannot join channel (+i)' }])
    scene.exchange(...links('s'))
    assert.equal(scene.watch.settled, true)
    scene.passes(60_000)
    assert.equal(scene.exchange(...joined('me')), 'JOIN #a')
  })

  test('thrown out of a channel, it knows nobody of it any more', () => {
    const scene = new WatchScene({ channels: ['#a'], domain: 'x' })
    scene.exchange(...joined('me guest'))
    scene.exchange(':s 352 me #a u h s guest H :0 x', ':s 315 me #a :End')
    scene.says(':op!u@h KICK #a me :go')
    assert.deepEqual(scene.told, ['guest@x available', 'guest@x withdrawn'])
    assert.deepEqual(scene.watch.situation().channelsOut, [{ name: '#a', reason: 'thrown out: go' }])
  })

  test('a new nick in a channel is the same person, also for the user who that is', () => {
    const scene = new WatchScene({ channels: ['#a'], domain: 'x', follow: ['anna'] })
    scene.exchange(...joined('me anna'))
    scene.exchange(':s 352 me #a u h s anna H :0 x', ':s 315 me #a :End')
    scene.says(':anna!u@h NICK :other')
    assert.deepEqual([scene.user('anna@x'), scene.user('other@x')], ['unavailable', 'available'])
    scene.says(':other!u@h NICK :Anna')
    assert.deepEqual([scene.user('anna@x'), scene.user('other@x')], ['available', undefined])
  })
})

suite('irc_identify_by = account', () => {
  const rules = { byAccount: true, follow: ['anna'] }

  test('a nick without the account is nobody; with it, also under another nick, it is the user', () => {
    const scene = new WatchScene({ ...rules, tokens: 'MONITOR', capabilities: MODERN })
    scene.exchange(':s 730 me :anna!u@h')
    assert.equal(scene.exchange(userhost('anna')), 'USERHOST anna')
    assert.equal(scene.exchange(...whois('anna')), 'WHOIS anna')
    assert.equal(scene.user('anna@x'), 'unavailable')
    assert.deepEqual(scene.watch.situation().withoutAccount, ['anna'])
    scene.says(':anna!u@h ACCOUNT ANNA')
    assert.equal(scene.user('anna@x'), 'available')
    scene.says(':anna!u@h ACCOUNT *')
    assert.equal(scene.user('anna@x'), 'unavailable')
    assert.deepEqual(scene.watch.situation().withoutAccount, ['anna'])
    scene.says(':anna!u@h ACCOUNT somebody')
    assert.equal(scene.user('anna@x'), 'unavailable')
    assert.deepEqual(scene.watch.situation().unmapped, ['somebody'])
  })

  test('in a channel any nick with the account is the user; the most available one speaks', () => {
    const scene = new WatchScene({ ...rules, tokens: 'MONITOR WHOX', capabilities: MODERN, channels: ['#a'] })
    scene.exchange(':me!u@h JOIN #a * :x', ':s 353 me = #a :me phone desk', ':s 366 me #a :End')
    scene.exchange(':s 731 me :anna')
    const answer = [':s 354 me 152 phone H anna', ':s 354 me 152 desk G anna', ':s 315 me #a :End']
    assert.equal(scene.exchange(...answer), 'WHO #a %tnfa,152')
    scene.answers({
      WHOIS: () => whois('desk', ':s 301 me desk :tea', ':s 330 me desk anna :is logged in as'),
      LINKS: () => links('s'),
    })
    assert.equal(scene.user('anna@x'), 'available')
    scene.says(':phone!u@h QUIT :Quit: bye')
    assert.equal(scene.user('anna@x'), 'away tea')
  })

  test('where accounts are not told, whoever is there is asked for by WHOIS each round', () => {
    const scene = new WatchScene({ ...rules })
    scene.exchange(userhost('anna'))
    assert.equal(scene.exchange(...whois('anna', ':s 330 me anna anna :is logged in as')), 'WHOIS anna')
    assert.equal(scene.user('anna@x'), 'available')
    scene.exchange(...links('s'))
    scene.passes(30_000)
    assert.equal(scene.exchange(...whois('anna')), 'WHOIS anna')
    assert.equal(scene.user('anna@x'), 'unavailable', 'somebody else may have the nick now')
  })

  test('MONITOR without account-notify is not enough', () => {
    const capabilities = ['extended-monitor', 'away-notify']
    const scene = new WatchScene({ ...rules, tokens: 'MONITOR', capabilities })
    scene.exchange(':s 730 me :anna!u@h')
    scene.exchange(userhost('anna'))
    scene.exchange(...whois('anna', ':s 330 me anna anna :is logged in as'))
    scene.exchange(...links('s'))
    scene.passes(30_000)
    assert.equal(scene.asks(), 'WHOIS anna')
  })

  test('whoever quits a channel is unavailable under the account that they had', () => {
    const scene = new WatchScene({ byAccount: true, capabilities: MODERN, channels: ['#a'], domain: 'x' })
    scene.exchange(':me!u@h JOIN #a * :x', ':s 353 me = #a :me', ':s 366 me #a :End')
    scene.exchange(':s 315 me #a :End')
    scene.says(':phone!u@h JOIN #a ben :Ben')
    scene.exchange(userhost('phone'))
    assert.equal(scene.user('ben@x'), 'available')
    scene.says(':phone!u@h QUIT :Quit: bye')
    assert.equal(scene.user('ben@x'), 'unavailable')
  })

  test('nobody inherits an account by taking the nick', () => {
    const scene = new WatchScene({ ...rules, tokens: 'MONITOR', capabilities: MODERN })
    scene.exchange(':s 730 me :anna!u@h')
    scene.exchange(userhost('anna'))
    scene.exchange(...whois('anna', ':s 330 me anna anna :is logged in as'))
    scene.exchange(...links('s'))
    scene.says(':s 731 me :anna')
    scene.exchange(...links('s'))
    scene.says(':s 730 me :anna!other@h')
    scene.exchange(userhost('anna'))
    assert.equal(scene.user('anna@x'), 'unavailable')
    scene.exchange(...whois('anna'))
    assert.equal(scene.user('anna@x'), 'unavailable')
  })
})
