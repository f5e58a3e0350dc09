import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { manifest } from '../functions/manifest.ts'
import { acknowledge } from './acknowledged.ts'
import { bundleFunctions } from './bundle.ts'
import { checksOf } from './checks.ts'
import { settingsOf } from './settings.ts'
import { YangguangStack } from './stack.ts'

/** The AWS side of the manifest: `cdk synth` and `cdk deploy` start here, and end where a rule is broken. Needs no account. */

const folder = join(import.meta.dirname, '..', 'dist', 'lambda')
const app = new App()
const settings = settingsOf(app.node.getAllContext())
await bundleFunctions(Object.keys(manifest), folder, settings.store)

const stack = new YangguangStack(app, 'yangguang', {
  description: 'Village photovoltaic stations: readings, income, allocations',
  codeOf: (name) => Code.fromAsset(join(folder, name)),
  settings,
})
acknowledge(stack)
Validations.of(app).addPlugins(...checksOf(app))
