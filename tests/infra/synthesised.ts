import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
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
  /** What the stack warns of; said here instead of on the screen. */
  warnings: string[]
  ofType: (type: string) => Found[]
  /** The id of the one resource of this type and name. */
  idOf: (type: string, name: string) => string
  propertiesOf: (type: string, name: string) => Record<string, unknown>
}

/** The feature flags that `cdk synth` uses. */
const FLAGS = z.object({ context: z.record(z.string(), z.unknown()) }).parse(JSON.parse(readFileSync('cdk.json', 'utf8'))).context

type Options = {
  /** With CloudFormation's own rules, which throw and take seconds: `stack-variants.test.ts` holds every kind of stack to them. */
  isValidated?: boolean
}

/** `context` holds settings as the command line would give them. */
export const synthesise = (
  codeOf: (name: FunctionName) => Code,
  context: Record<string, string> = {},
  options: Options = {},
): Synthesised => {
  const { construct, warnings, resources, outputs } = templateOf(codeOf, context, options)
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
    warnings,
    ofType,
    idOf: (type, name) => find(type, name)[0],
    propertiesOf: (type, name) => find(type, name)[1].Properties,
  }
}

const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })),
})

const WARNINGS = ['yangguang:timestream-in-china', 'yangguang:no-dashboard']

const templateOf = (codeOf: (name: FunctionName) => Code, context: Record<string, string>, { isValidated = false }: Options) => {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesised-'))
  const app = new App({ outdir, context: FLAGS, builtinCloudFormationValidation: isValidated })
  const construct = new YangguangStack(app, 'yangguang', { codeOf, settings: settingsOf(context) })
  const warnings = construct.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data))
  for (const id of WARNINGS) Validations.of(construct).acknowledge({ id: `Annotation::${id}`, reason: 'expected' })
  const { Resources, Outputs } = Template.parse(SynthesisedTemplate.fromStack(construct).toJSON())
  rmSync(outdir, { recursive: true })
  const outputs = Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, Value]))
  return { construct, warnings, resources: Object.entries(Resources), outputs }
}
