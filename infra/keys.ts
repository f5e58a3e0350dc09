import { RemovalPolicy, type Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import type { KeyName } from '../stores/dynamodb/definitions.ts'

/** The customer-managed keys: turned once a year, and kept when the stack goes, as what they encrypt is. */
export type SystemKeys = Record<KeyName, Key>

export const addKeys = (stack: Stack): SystemKeys => {
  const add = (name: KeyName, description: string) =>
    new Key(stack, `key-${name}`, { description, enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN })
  return {
    people: add('people', 'Yangguang: persons, households, who gets what, and who may log in'),
    field: add('field', 'Yangguang: what comes from stations and may name somebody'),
  }
}

const READ = ['kms:Decrypt', 'kms:DescribeKey']
/** What AWS lists for DynamoDB, each written out. */
const WRITE = [
  ...READ,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
]
/** What SQS asks of whoever sends into a queue under such a key. */
const SEND = ['kms:Decrypt', 'kms:GenerateDataKey']

/** The key itself trusts the account's policies; these are the ones that name it, and only for use through DynamoDB. */
export const grantTableKey = (stack: Stack, key: Key, grantee: IGrantable, side: 'read' | 'write'): void => {
  // Services of China have names of their own there, and which of the two KMS compares is not documented.
  const throughDynamoDb = ['amazonaws.com', 'amazonaws.com.cn'].map((suffix) => `dynamodb.${stack.region}.${suffix}`)
  Grant.addToPrincipal({
    grantee,
    actions: side === 'read' ? READ : WRITE,
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': throughDynamoDb } },
  })
}

export const grantQueueKey = (key: IKey, grantee: IGrantable): void => {
  Grant.addToPrincipal({ grantee, actions: SEND, resourceArns: [key.keyArn] })
}
