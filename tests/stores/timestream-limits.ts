import * as z from 'zod'

/** The documented shapes and limits of a WriteRecords request, and what it is billed by; for the Timestream endpoint of the tests. */

export const LIMITS = {
  recordsPerRequest: 100,
  recordBytes: 2_048,
  /** Names and values of all dimensions of a series. */
  seriesBytes: 2_048,
  measuresPerRecord: 256,
  dimensionsPerTable: 128,
  measureNamesPerTable: 8_192,
  dimensionNameBytes: 60,
  measureNameBytes: 256,
  statementBytes: 256 * 1_024,
  futureMs: 15 * 60_000,
  writeUnitBytes: 1_024,
} as const

const nameOf = (bytesMax: number) =>
  z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= bytesMax, `at most ${bytesMax} bytes`)

const wireRecord = z.strictObject({
  Dimensions: z.array(z.strictObject({ Name: nameOf(LIMITS.dimensionNameBytes), Value: z.string().min(1) })).optional(),
  MeasureName: nameOf(LIMITS.measureNameBytes).optional(),
  MeasureValueType: z.string().optional(),
  MeasureValues: z
    .array(
      z.strictObject({
        Name: nameOf(LIMITS.measureNameBytes),
        Type: z.enum(['DOUBLE', 'BIGINT', 'VARCHAR']),
        Value: z.string().min(1),
      }),
    )
    .optional(),
  Time: z.string().regex(/^\d+$/).optional(),
  TimeUnit: z.string().optional(),
  Version: z.int().min(1).optional(),
})
export type WireRecord = z.output<typeof wireRecord>

export const writeRequest = z.object({
  DatabaseName: z.string(),
  TableName: z.string(),
  CommonAttributes: wireRecord.optional(),
  Records: z.array(wireRecord).min(1).max(LIMITS.recordsPerRequest),
})

/** A record with the common attributes in it. */
export type MergedRecord = {
  columns: Map<string, { type: string; value: string }>
  dimensions: string[]
  measureName: string
  identity: string
  atMs: number
  version: number
}

const bytesOf = (columns: MergedRecord['columns'], names: Iterable<string>): number => {
  let bytes = 0
  for (const name of names) {
    const { type, value } = columns.get(name) ?? { type: 'VARCHAR', value: '' }
    bytes += Buffer.byteLength(name) + (type === 'VARCHAR' ? Buffer.byteLength(value) : 8)
  }
  return bytes
}

/** The schema a table comes to have by what is written to it, and why a record does not fit it. */
export const createSchema = () => {
  const types = new Map([['measure_name', 'VARCHAR']])
  const dimensions = new Set<string>()
  const measureNames = new Set<string>()

  const misfit = ({ columns, ...own }: MergedRecord): string | undefined => {
    const measures = [...columns.keys()].filter((name) => name !== 'measure_name' && !own.dimensions.includes(name))
    if (8 + bytesOf(columns, columns.keys()) > LIMITS.recordBytes) return 'The record is larger than 2 KB.'
    if (bytesOf(columns, own.dimensions) > LIMITS.seriesBytes) return 'The dimensions are larger than 2 KB.'
    if (measures.length > LIMITS.measuresPerRecord) return 'The record has too many measures.'
    if (new Set([...dimensions, ...own.dimensions]).size > LIMITS.dimensionsPerTable) return 'The table has too many dimensions.'
    if (measureNames.size >= LIMITS.measureNamesPerTable && !measureNames.has(own.measureName))
      return 'The table has too many measure names.'
    const other = [...columns].find(([column, { type }]) => (types.get(column) ?? type) !== type)?.[0]
    const confused = own.dimensions.find((name) => types.has(name) && !dimensions.has(name))
    return (other ?? confused) === undefined ? undefined : `The column ${other ?? confused} is of another type.`
  }
  const learn = ({ columns, ...own }: MergedRecord): void => {
    for (const [column, { type }] of columns) types.set(column, type)
    for (const name of own.dimensions) dimensions.add(name)
    measureNames.add(own.measureName)
  }
  return { types, dimensions, misfit, learn }
}

/** Units of 1 KiB, a begun one whole: time, names and values of the records of a request, and what they have in common once. */
export const writeUnitsOf = (common: WireRecord, stored: readonly WireRecord[]): number => {
  let bytes = 0
  for (const { Dimensions = [], MeasureName = '', MeasureValues = [], Time } of [common, ...stored]) {
    bytes += Buffer.byteLength(MeasureName) + (Time === undefined ? 0 : 8)
    for (const { Name, Value } of Dimensions) bytes += Buffer.byteLength(Name + Value)
    for (const { Name, Type, Value } of MeasureValues)
      bytes += Buffer.byteLength(Name) + (Type === 'VARCHAR' ? Buffer.byteLength(Value) : 8)
  }
  return Math.ceil(bytes / LIMITS.writeUnitBytes)
}
