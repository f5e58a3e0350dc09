import { benchAppend } from './append.ts'
import { benchIngest } from './ingest.ts'

/** `npm run bench -- NAME [options]`: tables for people, and as the last line one JSON object for machines. */

const BENCHES: Record<string, (argv: readonly string[]) => Promise<object>> = {
  append: async () => {
    const figures = await benchAppend()
    console.table(figures)
    return { figures }
  },
  ingest: benchIngest,
}

const [name = '', ...argv] = process.argv.slice(2)
const bench = BENCHES[name]
if (bench) console.log(JSON.stringify({ bench: name, ...(await bench(argv)) }))
else {
  console.error(`npm run bench -- NAME, where NAME is one of: ${Object.keys(BENCHES).join(', ')}`)
  process.exitCode = 1
}
