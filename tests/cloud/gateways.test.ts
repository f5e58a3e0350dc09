import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { gatewayDesk } from '../../cloud/gateways.ts'
import { type Connection, connectionSchema } from '../../domain/connection.ts'
import type { TableReaderOf } from '../../stores/tables.ts'
import { someOutputs } from './a-deployment.ts'
import { type Call, Failure, type SimulatedAws, startSimulatedAws } from './simulated-aws.ts'
import { ENDPOINT, POLICY, type SimulatedIot, simulatedIot } from './simulated-iot.ts'

let aws: SimulatedAws
let iot: SimulatedIot
/** Calls that fail, by what their name begins with; `after` lets the call happen and loses its answer. */
let failing: { name: string; after?: boolean } | undefined
beforeAll(async () => {
  const answer = (call: Call) => {
    const isFailing = failing !== undefined && call.name.startsWith(failing.name)
    if (isFailing && !failing?.after) return new Failure(500, 'InternalFailureException', 'it broke')
    const answered = iot.answer(call) ?? new Failure(404, 'UnknownOperation', `${call.name} is not simulated`)
    return isFailing ? new Failure(500, 'InternalFailureException', 'it broke') : answered
  }
  aws = await startSimulatedAws(answer, { AWS_MAX_ATTEMPTS: '1' })
})
afterAll(async () => {
  await aws.close()
  vi.unstubAllEnvs()
})
beforeEach(() => {
  iot = simulatedIot()
  failing = undefined
  aws.calls.length = 0
})

const registered: Pick<TableReaderOf<'gateways'>, 'get'> = {
  get: async ({ gatewayId }) =>
    gatewayId === 'GW-1' ? { row: { gatewayId, countyCode: '341623000000' }, version: 1 } : undefined,
}
const deskOf = () => gatewayDesk({ tables: { gateways: registered } as never, outputs: someOutputs({ GatewayPolicy: POLICY }) })
const adding = async (wish: { csrPem?: string } = {}, gatewayId = 'GW-1') => {
  const kept: Connection[] = []
  const lines = await deskOf().add(gatewayId, wish, async (connection) => void kept.push(connection))
  return { kept, lines }
}
const statuses = () => [...iot.certificates.values()].map(({ status }) => status)

describe('a gateway that is added', () => {
  test('gets a thing of its id and a certificate under the policy of the stack, and is let in', async () => {
    const { kept, lines } = await adding()
    expect(iot.letsIn('GW-1')).toBe(true)
    const [id = ''] = iot.certificates.keys()
    expect(kept.map((connection) => connectionSchema.parse(connection))).toEqual([
      {
        v: 1,
        kind: 'certificate',
        gatewayId: 'GW-1',
        clientId: 'GW-1',
        protocol: 'MQTT 3.1.1',
        mqttUrl: `mqtts://${ENDPOINT}`,
        host: ENDPOINT,
        port: 8883,
        qos: 1,
        keepAliveSeconds: 60,
        topic: 'pv/GW-1/readings',
        basicIngestTopic: '$aws/rules/yangguang_ingest_readings/pv/GW-1/readings',
        certificateId: id,
        certificatePem: `an invented certificate ${id}`,
        privateKeyPem: `an invented key ${id}`,
        serverAuthority: expect.stringContaining('Amazon Root CA 1'),
      },
    ])
    expect(lines.join('\n')).not.toContain('an invented key')
  })

  test('keeps a private key of its own: only its request is sent', async () => {
    const { kept } = await adding({ csrPem: 'an invented certificate request' })
    expect([...iot.certificates.values()].map(({ requestedBy }) => requestedBy)).toEqual(['an invented certificate request'])
    expect(kept[0]).not.toHaveProperty('privateKeyPem')
    expect(iot.letsIn('GW-1')).toBe(true)
  })

  test('again gets a second certificate beside the first, so that it can change over, and is told which to end', async () => {
    await adding()
    const [first = ''] = iot.certificates.keys()
    const { lines } = await adding()
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE'])
    expect(lines.join('\n')).toContain(`revoke GW-1 --certificate ${first}`)
    await deskOf().revoke('GW-1', { certificateId: first })
    expect(statuses()).toEqual(['INACTIVE', 'ACTIVE'])
    expect(iot.letsIn('GW-1')).toBe(true)
  })

  test.each(['GW-2', 'no id', '../things'])('is one of the registry, not %s', async (gatewayId) => {
    await expect(adding({}, gatewayId)).rejects.toThrow('the registry has no gateway')
    expect(aws.calls).toEqual([])
  })
})

describe('a thing of another kind', () => {
  test('is neither taken for a gateway nor shut out', async () => {
    iot.things.set('GW-1', 'a lamp of somebody else')
    await expect(adding()).rejects.toThrow('a thing GW-1 of another kind')
    await expect(deskOf().revoke('GW-1', {})).rejects.toThrow('not a gateway')
    expect([...iot.certificates]).toEqual([])
  })
})

const STEPS = [
  'POST /things',
  'GET /things',
  'GET /endpoint',
  'POST /keys-and-certificate',
  'PUT /target-policies',
  'PUT /things',
  'PUT /certificates',
]

describe('adding that is stopped', () => {
  test.each(STEPS)('at %s lets nobody in, before or after it happened', async (name) => {
    for (const after of [false, true]) {
      iot = simulatedIot()
      failing = { name, after }
      await expect(adding()).rejects.toThrow(/it broke/)
      expect(iot.letsIn('GW-1')).toBe(false)
      failing = undefined
      await adding()
      expect(iot.letsIn('GW-1')).toBe(true)
    }
  })

  test.each(['PUT /target-policies', 'PUT /things'])('at %s clears its certificate away', async (name) => {
    failing = { name, after: true }
    await expect(adding()).rejects.toThrow('it broke')
    expect(iot.certificates.size).toBe(0)
  })

  test('because the key could not be kept clears its certificate away, which was never active', async () => {
    const full = async () => Promise.reject(new Error('the disk is full'))
    await expect(deskOf().add('GW-1', {}, full)).rejects.toThrow('the disk is full')
    expect(iot.certificates.size).toBe(0)
    expect(aws.calls.filter((name) => name.startsWith('PUT /certificates'))).toHaveLength(1)
  })

  test('and cannot be cleared away says what may be left', async () => {
    failing = { name: 'PUT /certificates', after: true }
    await expect(adding()).rejects.toThrow(/may be left: `yangguang gateway revoke GW-1 --aws --write`/)
  })
})

describe('a gateway that is revoked', () => {
  test('is shut out first, and then its certificate loses policy and thing', async () => {
    await adding()
    aws.calls.length = 0
    await deskOf().revoke('GW-1', {})
    expect(iot.letsIn('GW-1')).toBe(false)
    const [certificate] = iot.certificates.values()
    expect(certificate).toMatchObject({ status: 'INACTIVE', policies: new Set(), things: new Set() })
    expect(aws.calls.filter((name) => !name.startsWith('GET') && !name.startsWith('POST /attached'))).toEqual([
      expect.stringContaining('PUT /certificates/'),
      `POST /target-policies/${POLICY}`,
      'DELETE /things/GW-1/principals',
    ])
  })

  test('loses every certificate it has, deleted if asked for', async () => {
    await adding()
    await adding()
    await deskOf().revoke('GW-1', { remove: true })
    expect(iot.certificates.size).toBe(0)
  })

  test.each(['POST /target-policies', 'DELETE /things'])(
    'is shut out even if it stops at %s, and again finishes it',
    async (name) => {
      await adding()
      failing = { name }
      await expect(deskOf().revoke('GW-1', {})).rejects.toThrow('it broke')
      expect(iot.letsIn('GW-1')).toBe(false)
      failing = undefined
      await deskOf().revoke('GW-1', {})
      expect([...iot.certificates.values()][0]).toMatchObject({ policies: new Set(), things: new Set() })
    },
  )

  test('need not be in the registry any more, but must have something to revoke', async () => {
    await expect(deskOf().revoke('GW-NEVER', {})).rejects.toThrow('nothing to revoke')
    iot.things.set('GW-GONE', someOutputs().GatewayType)
    await expect(deskOf().revoke('GW-GONE', {})).rejects.toThrow('has no certificate in AWS IoT')
    await adding()
    await expect(deskOf().revoke('GW-1', { certificateId: 'ffff' })).rejects.toThrow('no certificate ffff')
  })
})
