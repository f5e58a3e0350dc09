import type { ChinaDay } from '../../domain/calendar.ts'
import { DAY_MS, dayEndMs, dayOf, dayStartMs, parseDay } from '../../domain/calendar.ts'
import type { CounterReset } from '../../domain/counter-reset.ts'
import type { DeviceReadings } from '../../domain/device-day.ts'
import type { DeviceDay, Finding } from '../../domain/energy.ts'
import type { Installation } from '../../domain/generation-work.ts'
import { installationsOn } from '../../domain/generation-work.ts'
import { FUTURE_TOLERANCE_MS } from '../../domain/limits.ts'
import type { Device } from '../../domain/registry.ts'
import { computeStationDay } from '../../domain/station-day.ts'
import type { Answer, Question } from './format.ts'

/** What our own rule says to a golden case. */

/** A reading that the door has let in. */
export type Row = { deviceId: string; atMs: number; counterWh: number | null; acPowerW: number | null }

const anyDay = (text: string): ChinaDay => {
  const day = parseDay(text)
  if (day === undefined) throw new RangeError(`not a day: ${text}`)
  return day
}

/** Until when readings are received: the instant the case asks at, or long after it. */
export const askedAtMs = ({ asOf, days }: Question): number =>
  asOf ?? Math.max(...days.map((day) => dayEndMs(anyDay(day)))) + 30 * DAY_MS

/** The rows that have arrived and are not from the future, as often and in the order they are given. */
export const rowsOf = (golden: Question): Row[] =>
  Object.entries(golden.readings).flatMap(([deviceId, rows]) =>
    rows.flatMap(([atMs, counterWh, acPowerW, receivedAtMs = atMs]) => {
      const isIn = atMs <= receivedAtMs + FUTURE_TOLERANCE_MS && receivedAtMs <= askedAtMs(golden)
      return isIn ? [{ deviceId, atMs, counterWh, acPowerW }] : []
    }),
  )

/** The registry rows of the case. */
export const devicesOf = (golden: Question): Device[] =>
  golden.devices.map(({ validFrom, validTo, counterModulusWh, ...device }) => ({
    ...device,
    ...(counterModulusWh !== undefined && { counterModulusWh }),
    stationId: 'GOLDEN',
    gatewayId: 'GW',
    countyCode: '341600000000',
    validFrom: anyDay(validFrom),
    ...(validTo !== undefined && { validTo: anyDay(validTo) }),
  }))

export const resetsOf = (golden: Question): CounterReset[] =>
  golden.resets.map(({ at, withdrawn, ...reset }) => ({
    ...reset,
    atMs: at,
    stationId: 'GOLDEN',
    reason: 'golden case',
    document: '',
    recordedBy: 'golden',
    recordedAtMs: at,
    ...(withdrawn && { withdrawnBy: 'golden', withdrawnAtMs: at + 1 }),
  }))

/** Columns of one installation: instants with differing readings are counted and left out. */
const columnsOf = (rows: readonly Row[], { device, installedOn, removedOn }: Installation, day: ChinaDay) => {
  const own = rows.filter(
    ({ deviceId, atMs }) =>
      deviceId === device.deviceId &&
      atMs >= dayStartMs(installedOn) &&
      (removedOn === undefined || atMs < dayStartMs(removedOn)),
  )
  const instants = [...Map.groupBy(own, ({ atMs }) => atMs).values()]
  const agreeing = instants.flatMap((same) => {
    const [first] = same
    return first && same.every((row) => row.counterWh === first.counterWh && row.acPowerW === first.acPowerW) ? [first] : []
  })
  const seen = new Set(agreeing.map(({ atMs }) => atMs))
  return {
    atMs: agreeing.map(({ atMs }) => atMs),
    counterWh: agreeing.map(({ counterWh }) => counterWh),
    acPowerW: agreeing.map(({ acPowerW }) => acPowerW),
    conflicts: instants.filter(([row]) => row && !seen.has(row.atMs) && dayOf(row.atMs) === day).length,
  }
}

/** The station-days that the case asks for, from rows in any order and number. */
export const stationDaysOf = (golden: Question, rows: readonly Row[]) =>
  golden.days.map((text) => {
    const day = anyDay(text)
    const devices = installationsOn(devicesOf(golden), day).map(
      (installation): DeviceReadings => ({
        ...installation,
        ...columnsOf(rows, installation, day),
        resets: resetsOf(golden).filter(({ deviceId }) => deviceId === installation.device.deviceId),
      }),
    )
    const station = { stationId: 'GOLDEN', countyCode: '341600000000', ...golden.station }
    return computeStationDay({ station, day, nowMs: askedAtMs(golden), devices }).figure
  })

const codesOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ code }) => code))].sort()
const inBrief = ({ energyWh, quality, coveragePermille, findings }: DeviceDay) => ({
  energyWh,
  quality,
  coveragePermille,
  findings: codesOf(findings),
})

export const ourAnswer = (golden: Question): Answer =>
  Object.fromEntries(
    stationDaysOf(golden, rowsOf(golden)).map(({ day, energyWh, basis, quality, coveragePermille, findings, devices }) => [
      day,
      {
        energyWh,
        basis,
        quality,
        coveragePermille,
        findings: codesOf(findings),
        devices: Object.fromEntries(devices.map((device) => [device.deviceId, inBrief(device)])),
      },
    ]),
  )
