import * as z from 'zod'

/** What CloudFormation would put in place of a value, with stand-ins for what it creates: an address for a URL, else the id. */

const Reference = z.object({ Ref: z.string() })
const Attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
const Joined = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })

/** Hosts of invented services: nothing is sent there. */
const PSEUDO: Record<string, string> = { 'AWS::Region': 'eu-west-1', 'AWS::URLSuffix': 'example.com', 'AWS::Partition': 'aws' }

export const resolved = (value: unknown): string => {
  if (typeof value === 'string') return value
  const joined = Joined.safeParse(value)
  if (joined.success) return joined.data['Fn::Join'][1].map(resolved).join(joined.data['Fn::Join'][0])
  const attribute = Attribute.safeParse(value)
  if (attribute.success) return attribute.data['Fn::GetAtt'][0]
  const { Ref } = Reference.parse(value)
  return PSEUDO[Ref] ?? (/^(queue|dead|ruleerrors)/.test(Ref) ? `https://sqs.example.com/${Ref}` : Ref)
}
