import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseSecret } from '../../../functions/edge/aws-influx.ts'
import { openReadings } from '../../../functions/edge/aws-readings.ts'
import { readingStoreSettings } from '../../../stores/deployment.ts'
import { aReading } from '../../readings.ts'
import { startInfluxGate } from '../../stores/influx-gate.ts'

const tokenSecretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:influx-AbCdEf'

/** A stand-in for Secrets Manager whose one secret has these values, one after another. */
const startSecrets = async (values: string[]) => {
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    const answer = async () => {
      asked.push(JSON.parse(Buffer.concat(await request.toArray()).toString()))
      const SecretString = values[Math.min(asked.length, values.length) - 1]
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ SecretString }))
    }
    answer().catch((error: Error) => response.destroy(error))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'none')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'none')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return { asked, close }
}
afterEach(() => vi.unstubAllEnvs())

describe('an InfluxDB of a deployment', () => {
  test('gets the token of its secret, read at the first request and once per instance', async () => {
    const secrets = await startSecrets(['an invented token\n'])
    const gate = await startInfluxGate({ token: 'an invented token' })
    const place = { url: gate.url, database: 'county', organization: 'county' }
    const store = await openReadings({ kind: 'influxdb', ...place, tokenSecretArn })
    expect(secrets.asked).toEqual([])
    expect(await store.append([aReading()])).toEqual(['stored'])
    expect(await store.append([aReading({ atMs: 1 })])).toEqual(['stored'])
    expect(secrets.asked).toEqual([{ SecretId: tokenSecretArn }])
    await Promise.all([secrets.close(), gate.close()])
  })

  test('gets the token anew when it is refused, because secrets are renewed while instances live', async () => {
    const secrets = await startSecrets(['an older token', 'an invented token'])
    const gate = await startInfluxGate({ token: 'an invented token' })
    const place = { url: gate.url, database: 'county', organization: 'county' }
    const store = await openReadings({ kind: 'influxdb', ...place, tokenSecretArn })
    expect(await store.append([aReading()])).toEqual(['stored'])
    expect(secrets.asked).toHaveLength(2)
    await Promise.all([secrets.close(), gate.close()])
  })

  test('is asked without credentials when no secret is named', async () => {
    const gate = await startInfluxGate()
    const store = await openReadings({ kind: 'influxdb', url: gate.url, database: 'county' })
    await store.append([aReading()])
    expect(gate.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
    await gate.close()
  })
})

describe('a secret', () => {
  test('is the bare token, or a token or a user as Timestream for InfluxDB writes them', () => {
    expect(parseSecret(' an-invented-token== \n')).toEqual({ token: 'an-invented-token==' })
    expect(parseSecret('{"engine":"timestream-influxdb","type":"custom","token":"an invented one"}')).toEqual({
      token: 'an invented one',
    })
    expect(parseSecret('{"engine":"timestream-influxdb","username":"clerk","password":"an invented one"}')).toEqual({
      user: 'clerk',
      password: 'an invented one',
    })
  })

  test.each([
    '',
    '  ',
    '{"username":"clerk"',
    '{"username":"clerk"}',
    '{"username":"clerk","password":7}',
    '{"token":7,"username":"clerk"}',
  ])('like %j is refused, and the error does not say what it holds', (secret) => {
    expect(() => parseSecret(secret)).toThrow(/^the secret is/)
    expect(() => parseSecret(secret)).not.toThrow(/clerk/)
  })
})

describe('the address of an InfluxDB', () => {
  const accepts = (url: string): boolean => readingStoreSettings.safeParse({ kind: 'influxdb', url, database: 'county' }).success

  test.each([
    'https://influx.example',
    'https://influx.example:8086/below',
    'http://127.0.0.1:8086',
    'http://localhost',
    'http://[::1]:8086',
  ])('may be %s', (url) => expect(accepts(url)).toBe(true))
  test.each([
    'http://influx.example',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'https://clerk:secret@influx.example',
    'ftp://127.0.0.1',
    'influx',
    '',
  ])('may not be %j: a token goes with every request, never in the clear and never in the address', (url) =>
    expect(accepts(url)).toBe(false),
  )
})
