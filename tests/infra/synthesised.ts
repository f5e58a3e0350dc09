import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template as SynthesisedTemplate } from 'aws-cdk-lib/assertions'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import * as z from 'zod'
import type { FunctionName } from '../../functions/manifest.ts'
import { settingsOf } from '../../infra/settings.ts'
import { YangguangStack } from '../../infra/stack.ts'

/** The stack as CloudFormation would get it, with resources found by the names the code gives them. */

const Resource = z.object({
  Type: z.string(),
  DeletionPolicy: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
})
type Found = [id: string, resource: z.infer<typeof Resource>]

export type Synthesised = {
  resources: Found[]
  outputs: Record<string, unknown>
  construct: YangguangStack
  ofType: (type: string) => Found[]
  /** The id of the one resource of this type and name. */
  idOf: (type: string, name: string) => string
  propertiesOf: (type: string, name: string) => Record<string, unknown>
}

/** The feature flags that `cdk synth` uses. */
const FLAGS = z.object({ context: z.record(z.string(), z.unknown()) }).parse(JSON.parse(readFileSync('cdk.json', 'utf8'))).context

/** `context` holds settings as the command line would give them. */
export const synthesise = (codeOf: (name: FunctionName) => Code, context: Record<string, string> = {}): Synthesised => {
  const { construct, resources, outputs } = templateOf(codeOf, context)
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type)
  const find = (type: string, name: string): Found => {
    // CDK drops hyphens, and adds a hash to the ids of its own constructs.
    const pattern = new RegExp(`^${name.replaceAll('-', '')}([0-9A-F]{8})?$`)
    const [only, ...others] = ofType(type).filter(([id]) => pattern.test(id))
    if (!only || others.length > 0) throw new Error(`${only ? 'several' : 'no'} ${type} named ${name}`)
    return only
  }
  return {
    resources,
    outputs,
    construct,
    ofType,
    idOf: (type, name) => find(type, name)[0],
    propertiesOf: (type, name) => find(type, name)[1].Properties,
  }
}

const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })),
})

const templateOf = (codeOf: (name: FunctionName) => Code, context: Record<string, string>) => {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesised-'))
  const construct = new YangguangStack(new App({ outdir, context: FLAGS }), 'yangguang', {
    codeOf,
    settings: settingsOf(context),
  })
  const { Resources, Outputs } = Template.parse(SynthesisedTemplate.fromStack(construct).toJSON())
  rmSync(outdir, { recursive: true })
  const outputs = Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, Value]))
  return { construct, resources: Object.entries(Resources), outputs }
}
