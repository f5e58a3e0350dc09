import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod'
import type { Credentials } from '../../stores/influxdb/connection.ts'

/** Where the credentials of an InfluxDB come from: a secret, read at run time, so that no template or environment holds them. */

const credentials = z.union([
  z.object({ token: z.string().min(1) }),
  z
    .object({ username: z.string().min(1), password: z.string().min(1) })
    .transform(({ username, password }) => ({ user: username, password })),
])

/**
 * A secret is the bare token, or JSON with a token or a user, as Timestream for InfluxDB writes both. An error says nothing of
 * what it holds.
 */
export const parseSecret = (secret: string): Credentials => {
  const text = secret.trim()
  if (text === '') throw new Error('the secret is empty where a token belongs')
  if (!text.startsWith('{')) return { token: text }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error('the secret is neither a token nor JSON')
  }
  const parsed = credentials.safeParse(json)
  if (!parsed.success) throw new Error('the secret is JSON with neither a token nor username and password')
  return parsed.data
}

/** Reads the secret whenever it is called; whoever holds on to the answer decides how often that is. */
export const influxCredentials = (secretArn: string): (() => Promise<Credentials>) => {
  const client = new SecretsManagerClient()
  return async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }))
    return parseSecret(SecretString ?? '')
  }
}
