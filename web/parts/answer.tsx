import type { ComponentChildren } from 'preact'

import { clock } from '../format.ts'
import { words } from '../language.ts'
import type { Live } from '../live.ts'

/** What stands in place of an answer that is not there yet, or never comes; and how old the one is that is there. */

export const Skeleton = ({ lines = 4 }: { lines?: number }) => (
  <div class="skeleton" role="status">
    <span class="visually-hidden">{words.value.loading}</span>
    {Array.from({ length: lines }, (_, at) => (
      <span class="skeleton-line" key={at} aria-hidden="true" />
    ))}
  </div>
)

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>

/** The view when there is one, a skeleton while it loads, and what to do when it failed. */
export const Answer = <View,>({
  live,
  lines,
  children,
}: {
  live: Live<View>
  lines?: number
  children: (view: View) => ComponentChildren
}) => {
  const { view, failure, retry } = live
  if (view !== undefined && (failure === undefined || failure === 'unreachable' || failure === 'server'))
    return <>{children(view)}</>
  if (failure === undefined || failure === 'unauthorized') return <Skeleton {...(lines !== undefined && { lines })} />
  return (
    <div class="failure" role="alert">
      <p>{words.value.problems[failure]}</p>
      {failure === 'not_found' || failure === 'forbidden' ? (
        <a class="button" href="/">
          {words.value.backToOverview}
        </a>
      ) : (
        <button type="button" onClick={retry}>
          {words.value.retry}
        </button>
      )}
    </div>
  )
}

/** "Data as of hh:mm:ss", or in plain words that it is old. By the server's clock, not the reader's. */
export const Freshness = ({ live }: { live: Live<{ asOfMs: number }> }) => {
  if (!live.view) return null
  const time = clock(live.view.asOfMs)
  if (live.failure === undefined) return <p class="freshness">{words.value.updatedAt(time)}</p>
  return (
    <p class="freshness freshness-stale" role="status">
      {navigator.onLine ? words.value.stale(time) : words.value.offline(time)}
    </p>
  )
}
