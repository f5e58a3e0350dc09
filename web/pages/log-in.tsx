import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import { words } from '../language.ts'
import { expired, logIn, type Refusal, session } from '../session.ts'

const messageOf = (refusal: Refusal): string => {
  if (refusal === 'wrong') return words.value.logIn.wrong
  if (refusal === 'tooMany') return words.value.logIn.tooMany
  return words.value.problems[refusal]
}

const textOf = (field: FormDataEntryValue | null): string => (typeof field === 'string' ? field : '')

/** Asks who is there; afterwards the page that was asked for opens, or for a village accountant the own village. */
export const LogInPage = () => {
  const { path, route } = useLocation()
  const [refusal, setRefusal] = useState<Refusal | undefined>(undefined)
  const [busy, setBusy] = useState(false)

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const [userName, password] = [textOf(form.get('userName')), textOf(form.get('password'))]
    setBusy(true)
    const refused = await logIn(userName.trim(), password)
    setBusy(false)
    setRefusal(refused)
    const principal = session.value?.principal
    if (principal?.role === 'village_accountant' && path === '/') route(`/villages/${principal.regionCode}`, true)
  }

  return (
    <section class="log-in card">
      <h1>{words.value.logIn.title}</h1>
      <p class="log-in-what">{words.value.tagline}</p>
      {refusal && (
        <p class="form-error" role="alert">
          {messageOf(refusal)}
        </p>
      )}
      {!refusal && expired.value && (
        <p class="form-note" role="status">
          {words.value.logIn.expired}
        </p>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {words.value.logIn.userName}
          <input name="userName" autocomplete="username" autocapitalize="none" spellcheck={false} required maxLength={64} />
        </label>
        <label>
          {words.value.logIn.password}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.value.logIn.submitting : words.value.logIn.submit}
        </button>
      </form>
    </section>
  )
}
