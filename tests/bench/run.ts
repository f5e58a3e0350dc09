import { benchAppend } from './append.ts'
import { benchInflux } from './influxdb.ts'
import { benchColdStart } from './cold-start.ts'
import { benchGeneration } from './generation.ts'
import { benchIngest } from './ingest.ts'
import { benchSettlement } from './settlement.ts'

/** `npm run bench -- NAME [options]`: tables for people, and as the last line one JSON object for machines. */

const asTable = async (bench: () => Promise<object[]>): Promise<object> => {
  const figures = await bench()
  console.table(figures)
  return { figures }
}

const BENCHES: Record<string, (argv: readonly string[]) => Promise<object>> = {
  append: () => asTable(benchAppend),
  influxdb: () => asTable(benchInflux),
  ingest: benchIngest,
  generation: benchGeneration,
  settlement: benchSettlement,
  'cold-start': benchColdStart,
}

const [name = '', ...argv] = process.argv.slice(2)
const bench = BENCHES[name]
if (bench) console.log(JSON.stringify({ bench: name, ...(await bench(argv)) }))
else {
  console.error(`npm run bench -- NAME, where NAME is one of: ${Object.keys(BENCHES).join(', ')}`)
  process.exitCode = 1
}
