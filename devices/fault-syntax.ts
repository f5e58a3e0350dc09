import { DAY_MS, HOUR_MS, MINUTE_MS, parseInstant } from '../domain/calendar.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { FAULT_MS_MAX } from './faults.ts'
import type { Fault } from './faults.ts'

/**
 * Faults as a person writes them on a command line:
 *
 *     KIND:SUBJECT@FROM[/DURATION][,OPTION]
 *     inverter-offline:ZL1-INV-2@2026-11-02T10:00/PT5H
 *     gateway-offline:ZL1@2026-11-02T10:00/PT5H,lost        counter-reset:ZL1-INV-2@2026-11-02T12:00
 *     clock-off:ZL1-INV-2@2026-11-02/P1D,by=-PT8H           duplicates:ZL1@2026-11-02/P1D,copies=3
 *
 * Times are China's wall clock unless they name an offset; durations are ISO 8601 in days, hours, minutes and seconds.
 */

const KINDS = [
  'inverter-offline',
  'gateway-offline',
  'counter-reset',
  'counter-dip',
  'frozen',
  'clock-off',
  'duplicates',
  'out-of-order',
] as const
const WHOLE = /^([a-z-]+):([^@]*)@([^/,]+)(?:\/([^,]+))?(?:,(.+))?$/
const DURATION = /^(-?)P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$/
const COPIES_MAX = 20

const complaint = (text: string, why: string): Error =>
  new Error(`fault "${text}": ${why}; expected KIND:SUBJECT@FROM/DURATION, e.g. inverter-offline:ZL1-INV-2@2026-11-02T10:00/PT5H`)

/** Milliseconds of an ISO 8601 duration, negative with a leading minus; undefined when it is not one or is zero. */
const durationMs = (text: string): number | undefined => {
  const match = DURATION.exec(text)
  if (!match) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(2).map((digits) => Number(digits ?? 0))
  const ms = days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1000
  return ms === 0 ? undefined : match[1] === '-' ? -ms : ms
}

const spanned = (kind: (typeof KINDS)[number], subject: string, fromMs: number, toMs: number, option: string): Fault | string => {
  switch (kind) {
    case 'gateway-offline':
      if (option !== '' && option !== 'lost' && option !== 'backlog') return 'its option is lost or backlog'
      return { kind, gatewayId: subject, fromMs, toMs, afterwards: option === 'lost' ? 'lost' : 'backlog' }
    case 'clock-off': {
      const byMs = option.startsWith('by=') ? durationMs(option.slice(3)) : undefined
      if (byMs === undefined) return 'it needs by=DURATION, e.g. by=-PT8H'
      return { kind, deviceId: subject, fromMs, toMs, byMs }
    }
    case 'duplicates': {
      const copies = option === '' ? 2 : Number(/^copies=(\d{1,2})$/.exec(option)?.[1])
      if (!(copies >= 2 && copies <= COPIES_MAX)) return `its option is copies=2 to copies=${COPIES_MAX}`
      return { kind, gatewayId: subject, fromMs, toMs, copies }
    }
    case 'out-of-order':
      return option === '' ? { kind, gatewayId: subject, fromMs, toMs } : 'it takes no option'
    default:
      return option === '' ? { kind, deviceId: subject, fromMs, toMs } : 'it takes no option'
  }
}

/** Reads one fault. Throws an Error that quotes the text and says what is wrong with it. */
export const parseFault = (text: string): Fault => {
  const [, kindText, subject = '', from = '', duration, option = ''] = WHOLE.exec(text) ?? []
  if (kindText === undefined) throw complaint(text, 'not of this form')
  const kind = KINDS.find((known) => known === kindText)
  if (!kind) throw complaint(text, `unknown kind, known are ${KINDS.join(', ')}`)
  if (!ID_PATTERN.test(subject)) throw complaint(text, `"${subject}" is not a device or gateway id`)
  const fromMs = parseInstant(from)
  if (fromMs === undefined) throw complaint(text, `"${from}" is not a date or time`)
  if (kind === 'counter-reset') {
    if (duration !== undefined) throw complaint(text, 'a reset happens at one instant and has no duration')
    const reset = spanned(kind, subject, fromMs, fromMs, option)
    if (typeof reset === 'string') throw complaint(text, reset)
    return reset
  }
  const lastsMs = duration === undefined ? undefined : durationMs(duration)
  if (lastsMs === undefined || lastsMs < 0) throw complaint(text, 'it needs a duration such as PT5H or P2D')
  if (lastsMs > FAULT_MS_MAX) throw complaint(text, 'a fault lasts at most 31 days')
  const fault = spanned(kind, subject, fromMs, fromMs + lastsMs, option)
  if (typeof fault === 'string') throw complaint(text, fault)
  return fault
}
