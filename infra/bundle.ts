import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'

/** Bundles every function by one call of esbuild: `<folder>/<name>/index.mjs`, each whole in itself, the AWS SDK included. */

/** CommonJS packages inside an ES module ask for a `require` of their own. */
const REQUIRE = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"

/** Empties the folder and fills it; answers what went into which bundle. Throws when a function does not compile. */
export const bundleFunctions = async (names: readonly string[], folder: string): Promise<Metafile> => {
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
  })
  return metafile
}
