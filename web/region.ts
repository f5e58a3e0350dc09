import { signal } from '@preact/signals'

/** The county looked at by people who may look at several; empty means the server's choice for them. Kept as long as the tab. */

const KEY = 'yangguang.region'
export const chosenRegion = signal(sessionStorage.getItem(KEY) ?? '')

export const chooseRegion = (code: string): void => {
  sessionStorage.setItem(KEY, code)
  chosenRegion.value = code
}

/** A path with the chosen region and other parameters; empty ones are left out. */
export const regional = (path: string, name: 'code' | 'county', more: Record<string, string> = {}): string => {
  const query = new URLSearchParams(Object.entries({ [name]: chosenRegion.value, ...more }).filter(([, value]) => value !== ''))
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}
