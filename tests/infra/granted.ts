import * as z from 'zod'
import type { Synthesised } from './synthesised.ts'

/** What a role may do, read from the template: one line per action and resource. */

const Statement = z.object({
  Effect: z.literal('Allow'),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
})
const Policy = z.object({
  PolicyDocument: z.object({ Statement: z.array(Statement) }),
  Roles: z.array(z.object({ Ref: z.string() })).default([]),
})

export type Grant = { action: string; resource: string }

/** The ARN of a resource as the template writes it. */
export const arnOf = (id: string): string => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] })
export const below = (id: string, path: string): string =>
  JSON.stringify({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [id, 'Arn'] }, path]] })

/** Every permission of a role, given the id of the role. */
export const grantsOf = (stack: Synthesised, role: string): Grant[] =>
  stack
    .ofType('AWS::IAM::Policy')
    .map(([, { Properties }]) => Policy.parse(Properties))
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource: textOf(resource) }))),
    )

const textOf = (resource: unknown): string => (typeof resource === 'string' ? resource : JSON.stringify(resource))

/** What of them concerns a resource, sorted. */
export const actionsOn = (grants: readonly Grant[], resource: string): string[] =>
  grants
    .filter((grant) => grant.resource === resource)
    .map(({ action }) => action)
    .toSorted()
