// Following people where the server tells of them by itself.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { links, MODERN, userhost, WatchScene } from '../../../support/irc-watch.ts'

/** Settled: anna and ben are here, carl is absent; two servers. */
function settledScene(more: ConstructorParameters<typeof WatchScene>[0] = {}): WatchScene {
  const options = { tokens: 'MONITOR=100', capabilities: MODERN, follow: ['anna', 'ben', 'carl'], ...more }
  const scene = new WatchScene(options)
  assert.equal(scene.exchange(':s 730 me :anna!u@h,ben!u@h', ':s 731 me :carl'), 'MONITOR + anna,ben,carl')
  assert.equal(scene.exchange(userhost('anna', 'ben')), 'USERHOST anna ben')
  assert.equal(scene.watch.settled, false, 'who leaves next is compared with the servers there are now')
  assert.equal(scene.exchange(...links('s', 'leaf')), 'LINKS')
  assert.equal(scene.watch.settled, true)
  return scene
}

suite('a server with MONITOR', () => {
  test('everybody is told of once they are known, and whoever is absent before it has settled', () => {
    const scene = settledScene()
    assert.deepEqual(scene.told, ['carl@x unavailable', 'anna@x available', 'ben@x available'])
    assert.equal(scene.asks(), undefined, 'nothing is left to be asked')
  })

  test('whoever comes is asked about before anything is said: they may be away under another nick', () => {
    const scene = settledScene()
    scene.says(':s 730 me :carl!u@h')
    assert.equal(scene.user('carl@x'), 'unavailable')
    assert.equal(scene.exchange(userhost('-carl')), 'USERHOST carl')
    assert.equal(scene.user('carl@x'), 'unavailable', 'the text is still missing')
    assert.equal(scene.exchange(':s 311 me carl u h * :x', ':s 301 me carl :tea', ':s 318 me carl :End'), 'WHOIS carl')
    assert.equal(scene.user('carl@x'), 'away tea')
  })

  test('people who come and go all the time do not keep others waiting', () => {
    const scene = settledScene().says(':s 731 me :anna')
    scene.exchange(...links('s', 'leaf'))
    scene.says(':s 731 me :ben', ':s 730 me :carl!u@h')
    assert.equal(scene.exchange(userhost('carl')), 'USERHOST carl')
    assert.equal(scene.exchange(...links('s', 'leaf')), 'LINKS')
    assert.deepEqual([scene.user('ben@x'), scene.user('carl@x')], ['unavailable', 'available'])
  })

  test('without extended-monitor or away-notify, away is asked for every round', () => {
    for (const capabilities of [['away-notify'], ['extended-monitor']]) {
      const scene = new WatchScene({ tokens: 'MONITOR', capabilities, follow: ['anna'] })
      scene.exchange(':s 730 me :anna!u@h')
      scene.exchange(userhost('anna'))
      scene.exchange(...links('s'))
      scene.passes(30_000)
      assert.equal(scene.exchange(userhost('anna')), 'USERHOST anna')
    }
  })

  test('away, another text and back are told by the server, without a question', () => {
    const scene = settledScene()
    scene.says(':anna!u@h AWAY :tea', ':anna!u@h AWAY :coffee', ':anna!u@h AWAY')
    assert.deepEqual(scene.told.slice(3), ['anna@x away tea', 'anna@x away coffee', 'anna@x available'])
    assert.equal(scene.asks(), undefined)
  })

  test('whoever leaves is gone as soon as the network is known to be whole', () => {
    const scene = settledScene().says(':s 731 me :anna')
    assert.equal(scene.user('anna@x'), 'available')
    assert.equal(scene.exchange(...links('s', 'leaf')), 'LINKS')
    assert.equal(scene.user('anna@x'), 'unavailable')
  })

  test('a netsplit that ends within the grace changes nothing, twice in a row', () => {
    const scene = settledScene()
    for (let split = 0; split < 2; split += 1) {
      scene.says(':s 731 me :anna', ':s 731 me :ben')
      assert.equal(scene.exchange(...links('s')), 'LINKS')
      scene.passes(59_999)
      scene.says(':s 730 me :anna!u@h', ':anna!u@h AWAY :tea', ':s 730 me :ben!u@h')
      assert.equal(scene.exchange(userhost('ben')), 'USERHOST ben')
    }
    assert.deepEqual(scene.told.slice(3), ['anna@x away tea'])
  })

  test('a netsplit longer than the grace takes people away', () => {
    const scene = settledScene().says(':s 731 me :anna')
    scene.exchange(...links('s'))
    scene.passes(59_999)
    assert.equal(scene.user('anna@x'), 'available')
    scene.passes(1)
    assert.equal(scene.user('anna@x'), 'unavailable')
  })

  test('where LINKS is refused, nobody is gone before the grace is over', () => {
    const scene = new WatchScene({ tokens: 'MONITOR', capabilities: MODERN, follow: ['anna'] })
    scene.exchange(':s 730 me :anna!u@h')
    scene.exchange(userhost('anna'))
    assert.equal(scene.exchange(':s 481 me :Permission denied'), 'LINKS')
    assert.equal(scene.watch.settled, true)
    scene.says(':s 731 me :anna').passes(200)
    assert.equal(scene.asks(), undefined)
    assert.equal(scene.user('anna@x'), 'available')
    scene.passes(60_000)
    assert.equal(scene.user('anna@x'), 'unavailable')
  })

  test('in a common channel the reason of QUIT tells, without a question', () => {
    const scene = new WatchScene({
      ...{ tokens: 'MONITOR', capabilities: MODERN, follow: ['anna', 'ben'], channels: ['#a'] },
    })
    const answers = {
      JOIN: () => [':me!u@h JOIN #a * :x', ':s 353 me = #a :me @anna ben', ':s 366 me #a :End'],
      MONITOR: () => [':s 730 me :anna!u@h,ben!u@h'],
      WHO: () => [':s 352 me #a u h s anna H@ :0 x', ':s 352 me #a u h s ben H :0 x', ':s 315 me #a :End'],
      LINKS: () => links('s', 'leaf'),
    }
    scene.answers(answers)
    scene.says(':s 731 me :anna', ':anna!u@h QUIT :Quit: bye')
    assert.equal(scene.user('anna@x'), 'unavailable')
    scene.says(':s 731 me :ben', ':ben!u@h QUIT :s.test leaf.test')
    assert.equal(scene.asks(), undefined)
    scene.passes(59_999)
    assert.equal(scene.user('ben@x'), 'available')
    scene.passes(1)
    assert.equal(scene.user('ben@x'), 'unavailable')
  })

  test('who does not fit into MONITOR is asked for every round', () => {
    const scene = new WatchScene({ tokens: 'MONITOR=2', capabilities: MODERN, follow: ['a', 'b', 'c', 'd'] })
    assert.equal(scene.exchange(':s 734 me 1 b :full', ':s 731 me :a'), 'MONITOR + a,b')
    assert.equal(scene.exchange(userhost('d')), 'USERHOST b c d')
    scene.exchange(...links('s'))
    assert.equal(scene.asks(), undefined)
    scene.passes(30_000)
    assert.equal(scene.exchange(userhost()), 'USERHOST b c d')
    assert.equal(scene.exchange(...links('s')), 'LINKS')
    assert.equal(scene.user('d@x'), 'unavailable')
    assert.match(JSON.stringify(scene.watch.situation()), /"followed":4,"pushed":1,"monitor":true/)
  })

  test('nicks that the server folds together are one person; names that differ elsewhere are told', () => {
    const scene = new WatchScene({ tokens: 'MONITOR', capabilities: MODERN, follow: ['[x]=u@x', '{X}=w@x'] })
    scene.exchange(':s 730 me :{X}!u@h')
    scene.exchange(userhost('{x}'))
    assert.deepEqual([scene.user('u@x'), scene.user('w@x')], ['available', undefined])
    assert.deepEqual(scene.watch.situation().doubtful, ['{X}'])
    const ascii = new WatchScene({ tokens: 'CASEMAPPING=ascii', follow: ['[x]=u@x', '{X}=w@x'] })
    ascii.exchange(userhost('{x}'))
    assert.deepEqual([ascii.user('u@x'), ascii.user('w@x')], ['unavailable', 'available'])
  })

  test('a nick that is too long for the server is unavailable, and told', () => {
    const scene = new WatchScene({ tokens: 'NICKLEN=9', follow: ['a', 'longer-than-nine'] })
    assert.equal(scene.exchange(userhost()), 'USERHOST a')
    assert.equal(scene.user('longer-than-nine@x'), 'unavailable')
    assert.deepEqual(scene.watch.situation().impossible, ['longer-than-nine'])
  })

  test('the loser of a collision, renamed to a UID, is gone, and so may be the daemon itself', () => {
    const scene = new WatchScene({
      ...{ tokens: 'MONITOR', capabilities: MODERN, follow: ['anna'], channels: ['#a'] },
    })
    scene.answers({
      JOIN: () => [':me!u@h JOIN #a * :x', ':s 353 me = #a :me anna', ':s 366 me #a :End'],
      MONITOR: () => [':s 730 me :anna!u@h'],
      WHO: () => [':s 352 me #a u h s anna H :0 x', ':s 315 me #a :End'],
      LINKS: () => links('s'),
    })
    scene.says(':me!u@h NICK :001AAAAAB', ':001AAAAAB!u@h NICK :me2', ':anna!u@h NICK :001AAAAAC', ':s 731 me2 :anna')
    assert.equal(scene.user('anna@x'), 'unavailable')
    scene.says(':001AAAAAC!u@h NICK :anna', ':s 730 me2 :anna!u@h')
    assert.equal(scene.user('anna@x'), 'available', 'the same person as before: nothing has to be asked')
    scene.says(':op!u@h KICK #a me2 :go')
    assert.equal(scene.watch.situation().channelsOut.length, 1, 'it knows its own new nick')
  })

  test('an answer that does not come ends the session', () => {
    const scene = new WatchScene({ follow: ['anna'] })
    assert.equal(scene.asks(), 'USERHOST anna')
    scene.passes(19_999)
    assert.throws(() => scene.passes(1), /does not answer any more: USERHOST got no answer in time/)
  })

  test('after a silence the server is asked for a sign of life', () => {
    const scene = settledScene()
    const heardAt = scene.now
    scene.passes(19_999)
    assert.equal(scene.asks(heardAt), undefined)
    scene.passes(1)
    assert.equal(scene.asks(heardAt), 'PING :152')
    scene.says(':s PONG s :152')
    assert.equal(scene.asks(), undefined)
  })
})
