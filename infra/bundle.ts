import { copyFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { Settings } from './settings.ts'

/** Bundles every function by one call of esbuild: `<folder>/<name>/index.mjs`, each whole in itself, the AWS SDK included. */

/** CommonJS packages inside an ES module ask for a `require` of their own, and for the folder they lie in. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname;"

/** The adapters of the time series that a deployment with each store opens: Timestream's late readings are in DynamoDB. */
const ADAPTERS: Record<Settings['store'], readonly string[]> = {
  dynamodb: ['dynamodb'],
  timestream: ['timestream', 'dynamodb'],
  influxdb: ['influxdb'],
}

const FONTS = '@expo-google-fonts/noto-sans-sc'
/** What lies beside the code of a function: the fonts of the papers weigh ten times the code of all, so only theirs carries them. */
const BESIDE: Record<string, readonly string[]> = {
  'api-papers': [`${FONTS}/400Regular/NotoSansSC_400Regular.ttf`, `${FONTS}/700Bold/NotoSansSC_700Bold.ttf`],
}

const copyBeside = async (names: readonly string[], folder: string): Promise<void> => {
  const { resolve } = createRequire(import.meta.url)
  for (const name of names) {
    for (const file of BESIDE[name] ?? []) await copyFile(resolve(file), join(folder, name, basename(file)))
  }
}

/** Leaves out the adapters of other stores, which only cost a cold start; to open one all the same throws. */
const onlyFor = (store: Settings['store']): Plugin => ({
  name: 'only-the-chosen-store',
  setup: (building) => {
    building.onLoad({ filter: /[\\/]stores[\\/]\w+[\\/]reading-store\.ts$/ }, ({ path }) => {
      const adapter = path.split(/[\\/]/).at(-2) ?? ''
      return ADAPTERS[store].includes(adapter)
        ? undefined
        : { contents: `throw new Error('this bundle is for ${store}, not for ${adapter}')` }
    })
  },
})

/** Empties the folder and fills it; answers what went into which bundle: one of a deployment with `store`. Throws when a function does not compile. */
export const bundleFunctions = async (names: readonly string[], folder: string, store: Settings['store']): Promise<Metafile> => {
  await rm(folder, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: join(import.meta.dirname, '..'),
    entryPoints: Object.fromEntries(names.map((name) => [`${name}/index`, `functions/${name}.ts`])),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'error',
    plugins: [onlyFor(store)],
  })
  await copyBeside(names, folder)
  return metafile
}
