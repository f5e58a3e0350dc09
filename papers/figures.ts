import { formatYuan } from '../domain/money.ts'
import type { Cell } from './paper.ts'
import { words } from './words.ts'

/** Cells as people read them: digits only, cut from whole numbers, no rounding and no floating point anywhere. */

/** A whole number of 10^-places as a decimal numeral, thousands separated on request: 1234567 at 3 is 1234.567. */
export const decimalText = (value: number, places: number, separated = true): string => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`)
  const digits = String(Math.abs(value)).padStart(places + 1, '0')
  const whole = places === 0 ? digits : digits.slice(0, -places)
  const fraction = places === 0 ? '' : `.${digits.slice(-places)}`
  return `${value < 0 ? '-' : ''}${separated ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole}${fraction}`
}

/** The number of a cell and its decimals; undefined for a cell that holds none, null for one that is unknown. */
export const numberOf = (cell: Cell): { value: number | null; places: number } | undefined => {
  switch (cell.kind) {
    case 'money':
      return { value: cell.fen, places: 2 }
    case 'energy':
      return { value: cell.wh, places: 3 }
    case 'power':
      return { value: cell.w, places: 3 }
    case 'price':
      return { value: cell.e4, places: 4 }
    case 'percent':
      return { value: cell.bp, places: 2 }
    case 'hours':
      return { value: cell.hundredths, places: 2 }
    case 'count':
      return { value: cell.count, places: 0 }
    default:
      return undefined
  }
}

/** What stands in the cell on paper and on the page. */
export const cellText = (cell: Cell): string => {
  if (cell.kind === 'none') return ''
  if (cell.kind === 'text' || cell.kind === 'code') return cell.text
  if (cell.kind === 'day') return cell.day
  if (cell.kind === 'money' && cell.fen !== null) return formatYuan(cell.fen)
  const number = numberOf(cell)
  return number === undefined || number.value === null ? words.unknown : decimalText(number.value, number.places)
}
