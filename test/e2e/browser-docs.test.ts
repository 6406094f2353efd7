// The page of the documentation in a real browser: it needs nothing from elsewhere, fits a phone, and works with a keyboard.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startChromium } from '../support/chromium.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'

let daemon: Daemon

before(async () => {
  daemon = await startDaemon({ config: { plugins: 'spreed manual' } })
})

after(() => daemon.stop())

test('it loads in one request, its policy is not violated, and its style counts', async (t) => {
  const browser = await startChromium(t)
  const page = await browser.open(`${daemon.url}/docs`)
  await page.waitForLoadState('networkidle')
  assert.deepEqual(browser.complaints, [])
  assert.deepEqual(browser.asked({ besides: [] }), [`${daemon.url}/docs`])
  assert.match(await page.title(), /^kopano-presence/)
  assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('table')).borderCollapse`), 'collapse')
})

test('it follows the colours that the reader prefers, with enough contrast in both', async (t) => {
  const browser = await startChromium(t)
  const page = await browser.open(`${daemon.url}/docs`)
  for (const [colorScheme, canvas] of [
    ['light', 255],
    ['dark', 18],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    const colours = await page.evaluate<string[]>(
      `['p', 'a', 'thead th', '.quiet'].map((selector) => getComputedStyle(document.querySelector(selector)).color)`,
    )
    for (const colour of colours) {
      const ratio = contrast(luminance(...rgb(colour)), luminance(canvas, canvas, canvas))
      // WCAG 2.2, success criterion 1.4.3.
      assert.ok(ratio >= 4.5, `${colorScheme}: ${colour} has a contrast of ${ratio.toFixed(1)}`)
    }
  }
})

test('on a phone nothing sticks out, so that nobody has to scroll sideways', async (t) => {
  const browser = await startChromium(t)
  const page = await browser.open(`${daemon.url}/docs`)
  await page.setViewportSize({ width: 360, height: 800 })
  const wide = await page.evaluate<string[]>(`[document.documentElement, ...document.querySelectorAll('.wide')]
    .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
    .map(({ scrollWidth, innerText }) => scrollWidth + ': ' + innerText.slice(0, 100))`)
  assert.deepEqual(wide, [])
})

test('the keyboard reaches every link in order, shows where it is, and leads to the operations', async (t) => {
  const browser = await startChromium(t)
  const page = await browser.open(`${daemon.url}/docs`)
  const links = await page.evaluate<string[]>(`[...document.links].map((link) => link.getAttribute('href'))`)
  const focused = () =>
    page.evaluate<[string, boolean]>(
      `[document.activeElement.getAttribute('href'), getComputedStyle(document.activeElement).outlineStyle !== 'none']`,
    )
  for (const link of links) {
    await page.keyboard.press('Tab')
    assert.deepEqual(await focused(), [link, true])
  }
  const index = links.indexOf('#publish')
  for (let count = links.length - 1; count > index; count -= 1) await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL(/#publish$/)
  await page.waitForFunction(`(() => {
    const { top } = document.getElementById('publish').getBoundingClientRect()
    return top >= 0 && top < 200
  })()`)
  // The names that a screen reader lists.
  const headings = await page.getByRole('heading', { level: 3 }).allTextContents()
  assert.ok(headings.includes('PUT /v1/users/{user_id}/{source}'))
  assert.equal(await page.getByRole('navigation', { name: 'Operations' }).count(), 1)
})

function rgb(colour: string): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return [red, green, blue]
}

/** As WCAG 2.2 defines it, for sRGB. */
function luminance(...channels: [number, number, number]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}
