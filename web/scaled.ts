/** Decimals as people write them, as integers of 10^-places: digits only, no floating point. */

/** Undefined when the text is none, or has finer digits. */
export const scaled = (text: string, places: number): number | undefined => {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d+))?$/.exec(text.trim()) ?? []
  return whole === undefined || fraction.length > places ? undefined : Number(whole + fraction.padEnd(places, '0'))
}

/** The same with a minus before it, for what was given back. */
export const scaledWithSign = (text: string, places: number): number | undefined => {
  const [, sign, plain = ''] = /^([-−]?)(.*)$/s.exec(text.trim()) ?? []
  const value = scaled(plain, places)
  return value === undefined || value === 0 || sign === '' ? value : -value
}

/** As it is written into a field. */
export const shown = (value: number, places: number): string => {
  if (places === 0) return String(value)
  const digits = String(Math.abs(value)).padStart(places + 1, '0')
  return `${value < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
