import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Architecture, type Code } from 'aws-cdk-lib/aws-lambda'
import * as z from 'zod'
import type { FunctionName } from '../../functions/manifest.ts'
import { YangguangStack } from '../../infra/stack.ts'

/** The stack as CloudFormation would get it, with resources found by the names the code gives them. */

const Resource = z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) })
type Found = [id: string, resource: z.infer<typeof Resource>]

export type Synthesised = {
  resources: Found[]
  ofType: (type: string) => Found[]
  /** The id of the one resource of this type and name. */
  idOf: (type: string, name: string) => string
  propertiesOf: (type: string, name: string) => Record<string, unknown>
}

export const synthesise = (codeOf: (name: FunctionName) => Code): Synthesised => {
  const resources = resourcesOf(codeOf)
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
    ofType,
    idOf: (type, name) => find(type, name)[0],
    propertiesOf: (type, name) => find(type, name)[1].Properties,
  }
}

const resourcesOf = (codeOf: (name: FunctionName) => Code): Found[] => {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesised-'))
  const stack = new YangguangStack(new App({ outdir }), 'yangguang', { codeOf, architecture: Architecture.ARM_64 })
  const found: unknown = Template.fromStack(stack).toJSON().Resources
  rmSync(outdir, { recursive: true })
  return Object.entries(z.record(z.string(), Resource).parse(found))
}
