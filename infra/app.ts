import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Architecture, Code } from 'aws-cdk-lib/aws-lambda'
import { manifest } from '../functions/manifest.ts'
import { bundleFunctions } from './bundle.ts'
import { YangguangStack } from './stack.ts'

/** The AWS side of the manifest: `cdk synth` and `cdk deploy` start here. Needs no account to synthesise. */

const folder = join(import.meta.dirname, '..', 'dist', 'lambda')
await bundleFunctions(Object.keys(manifest), folder)

const app = new App()
new YangguangStack(app, 'yangguang', {
  description: 'Village photovoltaic stations: readings, income, allocations',
  codeOf: (name) => Code.fromAsset(join(folder, name)),
  // Not every region has arm64: `-c architecture=x86_64`.
  architecture: app.node.tryGetContext('architecture') === 'x86_64' ? Architecture.X86_64 : Architecture.ARM_64,
})
