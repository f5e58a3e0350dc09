import type { Metafile } from 'esbuild'

/** What a bundle weighs, and who brought it along. */
export type BundleBytes = {
  totalBytes: number
  /** The AWS SDK's own share: its packages and what they are made of. */
  sdkBytes: number
  /** Everything else: our code, the libraries we chose, and what esbuild puts between. */
  oursBytes: number
}

const SDK = /(?:^|\/)node_modules\/(?:@aws-sdk|@smithy|@aws-crypto|@aws|tslib)\//

/** The weight of each bundle, by function. Throws when a function has none. */
export const bundleBytes = (metafile: Metafile, names: readonly string[]): Map<string, BundleBytes> =>
  new Map(
    names.map((name) => {
      const [, output] = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`${name}/index.mjs`)) ?? []
      if (!output) throw new Error(`${name} has no bundle`)
      const sdkBytes = Object.entries(output.inputs)
        .filter(([path]) => SDK.test(path))
        .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)
      return [name, { totalBytes: output.bytes, sdkBytes, oursBytes: output.bytes - sdkBytes }]
    }),
  )
