import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { apiCaller } from '../../cloud/api.ts'
import { openApiOf, openDeploymentOf } from '../../cloud/commands.ts'
import { inboundMessagesOf } from '../../functions/edge/aws-events.ts'
import { NOON_MS } from '../readings.ts'
import { COUNTY, someRegions } from '../registry.ts'
import { quietLog } from '../running.ts'
import { type RunningDeployment, startDeployment } from './a-running-deployment.ts'
import { simulatedSqs } from './simulated-sqs.ts'

const COUNTRY = '000000000000'
const sqs = simulatedSqs()
let deployment: RunningDeployment
beforeAll(async () => {
  deployment = await startDeployment((call) => sqs.answer(call))
})
afterAll(async () => {
  await deployment.close()
  vi.unstubAllEnvs()
})

describe('the API of a deployment, from outside', () => {
  test('lets in whoever may read its signing key, also before anybody has logged in', async () => {
    const api = await openApiOf({ stack: 'yangguang' })
    const user = { userName: 'invented-officer', role: 'administrator', regionCode: COUNTRY }
    const { password } = (await api.call('POST', '/api/registry/users', user)) as { password: string }
    const given = { userName: user.userName, password }
    expect(await api.call('POST', '/api/session', given)).toMatchObject({ principal: user })
    await expect(api.call('POST', '/api/registry/users', user)).rejects.toThrow('This user name is taken.')
  })

  test('gets a new token before the old one runs out, and not for every call', async () => {
    let nowMs = Date.now()
    const opened = await openDeploymentOf({ stack: 'yangguang' })
    const call = apiCaller(opened, () => nowMs)
    const keyRead = vi.spyOn(opened.tables.signingKeys, 'get')
    const nothing = { dryRun: true, files: {} }
    nowMs -= 14.5 * 60_000
    await call('POST', '/api/registry/import', nothing)
    nowMs += 60_000
    await call('POST', '/api/registry/import', nothing)
    expect(keyRead).toHaveBeenCalledTimes(1)
    nowMs += 13.5 * 60_000
    await call('POST', '/api/registry/import', nothing)
    expect(keyRead).toHaveBeenCalledTimes(2)
  })

  test.each([-3_600_000, 3_600_000])('is reached by a machine whose clock is wrong by %i ms', async (wrongMs) => {
    const call = apiCaller(await openDeploymentOf({ stack: 'yangguang' }), () => Date.now() + wrongMs)
    expect(await call('POST', '/api/registry/import', { dryRun: true, files: {} })).toMatchObject({ errorCount: 0 })
  })

  test('puts back what was in quarantine: it waits for ingest as the publish it was', async () => {
    await deployment.tables.regions.putBatch(someRegions)
    const payload = Buffer.from('{"v":1,"readings":[]}')
    await deployment.tables.quarantine.put({
      countyCode: COUNTY,
      gatewayId: 'GW-1',
      messageId: 'm-1',
      index: -1,
      reason: 'unknown_device',
      detail: 'the registry does not know it',
      receivedAtMs: NOON_MS,
      payloadBase64: payload.toString('base64'),
    })
    const api = await openApiOf({ stack: 'yangguang' })
    const released = await api.call('POST', '/api/quarantine/release', { county: COUNTY, dryRun: false })
    expect(released).toMatchObject({ matched: 1, released: 1 })
    const Records = sqs.bodiesIn('work-ingest-readings').map((body) => ({ messageId: 'm-2', body }))
    const { messages } = inboundMessagesOf({ Records }, quietLog)
    const topic = 'pv/GW-1/readings'
    expect(messages).toEqual([
      { messageId: 'm-2', clientId: 'GW-1', topic, payload: new Uint8Array(payload), receivedAtMs: NOON_MS },
    ])
  })

  test('is not asked for what only one machine has', async () => {
    const api = await openApiOf({ stack: 'yangguang' })
    await expect(api.call('GET', '/local/status')).rejects.toThrow('one machine only')
  })

  test('is given no more than API Gateway passes on', async () => {
    const call = apiCaller(await openDeploymentOf({ stack: 'yangguang' }))
    const files = { 'stations.csv': 'x'.repeat(7 * 1024 * 1024) }
    await expect(call('POST', '/api/registry/import', { dryRun: true, files })).rejects.toThrow('divide the files by county')
  })

  test('that does not answer is said to be so', async () => {
    const { tables, outputs } = deployment
    const call = apiCaller({ tables, outputs: { ...outputs, ApiUrl: 'http://127.0.0.1:9' } })
    await expect(call('GET', '/api/county')).rejects.toThrow('http://127.0.0.1:9 does not answer')
  })
})

test('a profile that is asked for wins over credentials of the environment', async () => {
  await expect(openDeploymentOf({ stack: 'yangguang', profile: 'nobody', region: 'cn-north-1' })).rejects.toThrow(
    'Could not load credentials',
  )
  expect([process.env['AWS_PROFILE'], process.env['AWS_REGION']]).toEqual(['nobody', 'cn-north-1'])
})
