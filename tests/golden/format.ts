import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { parseDay, parseInstant } from '../../domain/calendar.ts'

/** The golden cases as README.md describes them. */

const instant = z.string().transform((text, context): number => {
  const atMs = parseInstant(text)
  if (atMs === undefined) context.addIssue(`not an instant: ${text}`)
  return atMs ?? 0
})
const day = z.string().refine((text) => parseDay(text) !== undefined)
const wh = z.int().min(0)
const quality = z.enum(['measured', 'estimated', 'missing'])
const findings = z.array(z.string())
const coveragePermille = z.int().min(0).max(1_000)

const device = z.strictObject({
  deviceId: z.string(),
  kind: z.enum(['inverter', 'meter']),
  ratedPowerW: z.int().positive(),
  counter: z.enum(['lifetime', 'day']),
  counterModulusWh: wh.optional(),
  ctMultiplier: z.number().positive(),
  validFrom: day,
  validTo: day.optional(),
})

const reset = z.strictObject({
  deviceId: z.string(),
  at: instant,
  finalWh: wh,
  startWh: wh,
  kind: z.enum(['reset', 'replacement', 'rollover']),
  withdrawn: z.boolean().optional(),
})

const figure = { energyWh: wh.nullable(), quality, coveragePermille, findings }
const answer = z.record(
  day,
  z.strictObject({
    ...figure,
    basis: z.enum(['meter', 'inverters', 'none']),
    devices: z.record(z.string(), z.strictObject(figure)),
  }),
)
/** What is expected of a case, and what an implementation answers: by day, by device. */
export type Answer = z.infer<typeof answer>

const asked = {
  name: z.string(),
  family: z.string(),
  pathology: z.string(),
  station: z.strictObject({ latitudeDeg: z.number(), longitudeDeg: z.number() }),
  devices: z.array(device),
  resets: z.array(reset),
  asOf: instant.optional(),
  /** Time, register in its own Wh, power in W, and when it was received, if not at its own time. */
  readings: z.record(
    z.string(),
    z.array(
      z.union([
        z.tuple([instant, wh.nullable(), z.number().nullable()]),
        z.tuple([instant, wh.nullable(), z.number().nullable(), instant]),
      ]),
    ),
  ),
}
/** A case as it is put to an implementation: with the days it is asked for, and without the answer. */
const question = z.strictObject({ ...asked, days: z.array(day) })
export type Question = z.infer<typeof question>

const goldenCase = z
  .strictObject({ ...asked, why: z.string().min(40), expect: answer })
  .transform((golden) => ({ ...golden, days: Object.keys(golden.expect) }))
export type GoldenCase = z.infer<typeof goldenCase>
export type Golden = { text: string; parsed: GoldenCase }

/** Both throw for text that is not what README.md describes. */
export const parseQuestion = (text: string): Question => question.parse(JSON.parse(text))
export const parseAnswer = (text: string): Answer => answer.parse(JSON.parse(text))

const CASES = join(import.meta.dirname, 'cases')

/** Every case, by name. */
export const goldenCases = (): Golden[] =>
  globSync('*.json', { cwd: CASES })
    .toSorted()
    .map((file) => {
      const text = readFileSync(join(CASES, file), 'utf8')
      return { text, parsed: goldenCase.parse(JSON.parse(text)) }
    })
