import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, CfnResource } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import * as z from 'zod'
import { manifest } from '../functions/manifest.ts'
import { settingsOf } from './settings.ts'
import { YangguangStack } from './stack.ts'

/** Who may do what, read back from the template: `node infra/permissions.ts` writes `docs/permissions.md`, and a test compares. */

const ROOT = join(import.meta.dirname, '..')
export const PERMISSIONS_FILE = join(ROOT, 'docs', 'permissions.md')

/** Words for what the stack grants together; anything else is written out. */
const WORDS: Record<string, readonly string[]> = {
  'read the table': ['dynamodb:GetItem', 'dynamodb:Query'],
  'read and write the table': ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  'read readings': ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
  'read and write readings': [
    'dynamodb:BatchGetItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ],
  'take from the queue': [
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:ReceiveMessage',
  ],
  'send to the queue': ['sqs:SendMessage'],
  'decrypt with the key': ['kms:Decrypt', 'kms:DescribeKey'],
  'encrypt and decrypt with the key': [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  'write its log': ['logs:CreateLogStream', 'logs:PutLogEvents'],
}

const Texts = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat())
const Policy = z.object({
  Type: z.literal('AWS::IAM::Policy'),
  Properties: z.object({
    Roles: z.array(z.object({ Ref: z.string() })),
    PolicyDocument: z.object({ Statement: z.array(z.object({ Action: Texts, Resource: z.unknown() })) }),
  }),
})
const Template = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() }).loose()) })

const Arn = z.union([
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).transform((at) => [at['Fn::GetAtt'][0], '']),
  z
    .object({
      'Fn::Join': z.tuple([z.literal(''), z.tuple([z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }), z.string()])]),
    })
    .transform((at) => [at['Fn::Join'][1][0]['Fn::GetAtt'][0], at['Fn::Join'][1][1]]),
])

type Names = ReadonlyMap<string, string>

/** The names of the code, by the ids of the template. */
const namesOf = (stack: YangguangStack): Names =>
  new Map(
    stack.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct))
      .map((resource) => [String(stack.resolve(resource.logicalId)), resource.node.path.split('/')[1] ?? '']),
  )

const nameOf = (resource: unknown, names: Names): string => {
  const { data: [id = '', path = ''] = [] } = Arn.safeParse(resource)
  return id === '' ? JSON.stringify(resource) : `${names.get(id) ?? id}${path}`
}

const wordOf = (actions: readonly string[]): string => {
  const [word] = Object.entries(WORDS).find(([, all]) => all.join() === actions.join()) ?? []
  return word ?? actions.map((action) => `\`${action}\``).join(' ')
}

/** Per role what it may do, and on what, the same deeds together. */
const deedsOf = (template: unknown, names: Names): Map<string, Map<string, string[]>> => {
  const granted = new Map<string, Map<string, Set<string>>>()
  for (const resource of Object.values(Template.parse(template).Resources)) {
    const policy = Policy.safeParse(resource).data
    for (const { Ref } of policy?.Properties.Roles ?? []) {
      const role = names.get(Ref) ?? Ref
      const onNames = granted.get(role) ?? new Map<string, Set<string>>()
      granted.set(role, onNames)
      for (const { Action, Resource } of policy?.Properties.PolicyDocument.Statement ?? []) {
        for (const name of [Resource].flat().map((each) => nameOf(each, names))) {
          onNames.set(name, new Set([...(onNames.get(name) ?? []), ...Action]))
        }
      }
    }
  }
  return new Map([...granted].map(([role, onNames]) => [role, byWord(onNames)]))
}

const INDEX = /\/index\/[^/]+$/
const QUERY = 'dynamodb:Query'

/** Who may use a table may query its indexes; that goes without a row. */
const byWord = (onNames: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> => {
  const deeds = new Map<string, string[]>()
  for (const [name, actions] of [...onNames].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const isIndexOfGranted = INDEX.test(name) && onNames.has(name.replace(INDEX, '')) && [...actions].join() === QUERY
    if (isIndexOfGranted) continue
    const word = wordOf([...actions].toSorted())
    deeds.set(word, [...(deeds.get(word) ?? []), name])
  }
  return deeds
}

const rowsOf = (title: string, deeds: ReadonlyMap<string, readonly string[]> = new Map()): string[] =>
  [...deeds]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([word, on], at) => `| ${at === 0 ? title : ''} | ${word} | ${on.map((name) => `\`${name}\``).join(' ')} |`)

/** The page as it should be. */
export const permissionsPage = (): string => {
  const { context } = z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')))
  const app = new App({ context, builtinCloudFormationValidation: false })
  const stack = new YangguangStack(app, 'yangguang', {
    codeOf: () => Code.fromInline('exports.handler = () => {}'),
    settings: settingsOf({}),
  })
  const deeds = deedsOf(app.synth().getStackArtifact(stack.artifactId).template, namesOf(stack))
  const functions = Object.keys(manifest)
  const others = [...deeds.keys()].filter((role) => !functions.some((name) => role === `role-${name}`)).toSorted()
  const head = (first: string) => [`| ${first} | may | what |`, '| --- | --- | --- |']
  return [
    '# Who may do what',
    '',
    'Generated from the template of the default settings by `node infra/permissions.ts`; a test keeps it current. Names are those of',
    '`infra/`. Every permission follows from `reads`, `writes`, `sends` and `on` of [`functions/manifest.ts`](../functions/manifest.ts).',
    'Who may use a table may query each of its indexes. Keys may be used through DynamoDB only, apart from queues they encrypt.',
    '',
    ...head('Function'),
    ...functions.flatMap((name) => rowsOf(`**${name}**`, deeds.get(`role-${name}`))),
    '',
    ...head('Role of a service'),
    ...others.flatMap((role) => rowsOf(`**${role}**`, deeds.get(role))),
    '',
    '| The words | are |',
    '| --- | --- |',
    ...Object.entries(WORDS).map(([word, actions]) => `| ${word} | ${actions.map((action) => `\`${action}\``).join(' ')} |`),
    '',
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) writeFileSync(PERMISSIONS_FILE, permissionsPage())
