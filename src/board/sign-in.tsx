// The page for who is not signed in: how to, and what an administrator sets for it.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { SignInWays } from './session.ts'
import { shown } from './text.ts'

export interface SignInProps {
  readonly ways: SignInWays
  /** Why the last attempt failed; empty when there was none. */
  readonly problem: string
  readonly onPassword: (password: string) => Promise<void>
}

export function SignIn({ ways, problem, onPassword }: SignInProps) {
  return (
    <main class="gate">
      <Brand />
      {problem !== '' && (
        <p class="problem" role="alert">
          {shown(problem, 500)}
        </p>
      )}
      {ways.password ? <PasswordForm onPassword={onPassword} /> : null}
      <section aria-labelledby="ways">
        <h2 id="ways">{ways.password ? 'Other ways in' : 'How to sign in'}</h2>
        <dl class="ways">
          <dt>A link of your own</dt>
          <dd>
            On the daemon’s machine, <code>kopano-presence board-link you@example.com</code> prints a link that works
            once. It opens the board as you, and you can set your own state.
          </dd>
          <dt>From your web application</dt>
          <dd>Open the board there: it signs you in with the token that it has for you.</dd>
          {!ways.password && (
            <>
              <dt>A password, for reading only</dt>
              <dd>
                For a screen on the wall, say. The administrator sets <code>board_password</code> in{' '}
                <code>presence.cfg</code>; then this page asks for it.
              </dd>
            </>
          )}
        </dl>
      </section>
    </main>
  )
}

export function Brand() {
  return (
    <header class="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true" class="logo">
        <rect width="32" height="32" rx="9" class="ground" />
        <circle cx="13" cy="13.5" r="6" class="ring" />
        <circle cx="21.5" cy="20.5" r="5.2" class="dot" />
      </svg>
      <h1>Presence</h1>
    </header>
  )
}

function PasswordForm({ onPassword }: { readonly onPassword: (password: string) => Promise<void> }) {
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: Event) => {
    event.preventDefault()
    setBusy(true)
    void onPassword(password).finally(() => setBusy(false))
  }
  return (
    <form class="password" onSubmit={submit}>
      <label class="field">
        <span>Password of this board</span>
        <input
          ref={field}
          type="password"
          value={password}
          autocomplete="current-password"
          required
          onInput={({ currentTarget }) => setPassword(currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={busy}>
        Open the board
      </button>
      <p class="quiet small">It opens the board for reading only.</p>
    </form>
  )
}
