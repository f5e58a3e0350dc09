import { words } from '../language.ts'

/** Back and forth through a long list. Without a way there, a button is off. */
export const Pager = (shown: {
  offset: number
  count: number
  total: number
  onPrevious: (() => void) | undefined
  onNext: (() => void) | undefined
}) => (
  <div class="pager">
    <button type="button" disabled={shown.onPrevious === undefined} onClick={shown.onPrevious}>
      {words.value.pages.previous}
    </button>
    <span>{words.value.pages.range(shown.offset + 1, shown.offset + shown.count, shown.total)}</span>
    <button type="button" disabled={shown.onNext === undefined} onClick={shown.onNext}>
      {words.value.pages.next}
    </button>
  </div>
)
