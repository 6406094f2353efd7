// The application as a whole: signing in, then the board or the wall.
import { useEffect, useState } from 'preact/hooks'
import { PresenceClient } from '../client/index.ts'
import { Board } from './board.tsx'
import { Live } from './live.ts'
import { type Credential, codeOf, Refusal, Session, type SignedIn, SignedOut, type SignInWays } from './session.ts'
import { Brand, SignIn } from './sign-in.tsx'
import { Wall } from './wall.tsx'

type Stage =
  | { readonly at: 'start' }
  | { readonly at: 'gate'; readonly ways: SignInWays; readonly problem: string }
  | { readonly at: 'board'; readonly who: SignedIn; readonly client: PresenceClient; readonly live: Live }
  | { readonly at: 'trouble'; readonly problem: string }

/** How long to wait before the daemon is asked again whether it is there, in milliseconds. */
const AGAIN = 5_000

export function App({ wall }: { readonly wall: boolean }) {
  const [stage, setStage] = useState<Stage>({ at: 'start' })
  const [page] = useState(() => new Page(setStage))
  useEffect(() => page.begin(), [page])
  if (stage.at === 'board') {
    if (wall) return <Wall live={stage.live} />
    return <Board live={stage.live} client={stage.client} who={stage.who} onSignOut={() => page.signOut()} />
  }
  if (stage.at === 'gate') {
    const { ways, problem } = stage
    return <SignIn ways={ways} problem={problem} onPassword={(password) => page.signIn({ password })} />
  }
  return (
    <main class="gate">
      <Brand />
      {stage.at === 'trouble' && (
        <p class="problem" role="alert">
          {stage.problem} Trying again by itself.
        </p>
      )}
    </main>
  )
}

/** The way from one stage to the next. */
class Page {
  readonly #session: Session
  readonly #show: (stage: Stage) => void
  #ways: SignInWays = { password: false }
  #live: Live | undefined

  constructor(show: (stage: Stage) => void) {
    this.#show = show
    // Whoever looks again, or has a network again, need not wait for the next attempt.
    addEventListener('online', () => this.#regain())
    document.addEventListener('visibilitychange', () => document.hidden || this.#regain())
    // A link that is opened where the board is open already loads nothing by itself.
    addEventListener('hashchange', () => codeOf(location.hash) !== undefined && location.reload())
    this.#session = new Session({
      fetch: (path, init) => fetch(path, init),
      now: () => performance.now(),
      onSignedOut: (ways) => {
        this.#ways = ways
        this.#gate(this.#live === undefined ? '' : 'You are signed out.')
      },
      onOther: () => location.reload(),
    })
  }

  /** Takes a code out of the address before anything else, so that it stays in no history. */
  begin(): void {
    const code = codeOf(location.hash)
    if (code === undefined) {
      void this.#enter()
      return
    }
    history.replaceState(null, '', `${location.pathname}${location.search}`)
    void this.signIn({ code })
  }

  async signIn(credential: Credential): Promise<void> {
    try {
      await this.#session.signIn(credential)
    } catch (error) {
      if (!(error instanceof Refusal) && 'code' in credential) {
        // It is good for some minutes yet, and stands in the address no more.
        this.#again('The daemon does not answer.', () => this.signIn(credential))
        return
      }
      const problem = error instanceof Refusal ? error.message : 'The daemon does not answer. Please try again.'
      // A link that was used before harms nobody whose session still stands; else the refusal tells which ways in there are.
      await this.#session.token({ fresh: true }).catch(() => this.#gate(problem))
    }
    if (this.#session.who !== undefined) await this.#enter()
  }

  async signOut(): Promise<void> {
    await this.#session.signOut().catch(() => undefined)
    await this.#session.token({ fresh: true }).catch(() => undefined)
  }

  async #enter(): Promise<void> {
    try {
      await this.#session.token({ fresh: false })
    } catch (error) {
      if (!(error instanceof SignedOut))
        this.#again(error instanceof Refusal ? error.message : 'The daemon does not answer.')
      return
    }
    const { who } = this.#session
    if (who === undefined) return
    const client = new PresenceClient({ url: '../', token: (request) => this.#session.token(request) })
    this.#live?.stop()
    this.#live = new Live({
      client,
      onFrame: (callback) => requestAnimationFrame(callback),
      after(milliseconds, callback) {
        const timer = setTimeout(callback, milliseconds)
        return () => clearTimeout(timer)
      },
      now: Date.now,
    })
    this.#live.start()
    this.#show({ at: 'board', who, client, live: this.#live })
  }

  #regain(): void {
    if (this.#live?.link.value.state === 'lost') this.#live.start()
  }

  #gate(problem: string): void {
    this.#live?.stop()
    this.#live = undefined
    this.#show({ at: 'gate', ways: this.#ways, problem })
  }

  #again(problem: string, attempt: () => Promise<void> = () => this.#enter()): void {
    this.#show({ at: 'trouble', problem })
    setTimeout(() => void attempt(), AGAIN)
  }
}
