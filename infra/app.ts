import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { manifest } from '../functions/manifest.ts'
import { bundleFunctions } from './bundle.ts'
import { settingsOf } from './settings.ts'
import { YangguangStack } from './stack.ts'

/** The AWS side of the manifest: `cdk synth` and `cdk deploy` start here. Needs no account to synthesise. */

const folder = join(import.meta.dirname, '..', 'dist', 'lambda')
const app = new App()
const settings = settingsOf(app.node.getAllContext())
await bundleFunctions(Object.keys(manifest), folder)

new YangguangStack(app, 'yangguang', {
  description: 'Village photovoltaic stations: readings, income, allocations',
  codeOf: (name) => Code.fromAsset(join(folder, name)),
  settings,
})
