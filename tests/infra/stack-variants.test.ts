import { describe, expect, test } from 'vitest'
import { deploymentOutputs, readingStoreSettings } from '../../stores/deployment.ts'
import { tables } from '../../stores/tables.ts'
import { resolved } from './resolved.ts'
import { ofEachKind, stackOf } from './variants.ts'

/** What the command line reads from a deployment, as CloudFormation would answer it. */

describe.each(ofEachKind)('the outputs of %s', (_, context) => {
  const read = () => {
    const { outputs } = stackOf(context)
    const answered = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, resolved(value)]))
    return Object.fromEntries(
      Object.entries(answered).map(([name, text]) => [name, text.startsWith('{') ? JSON.parse(text) : text]),
    )
  }

  test('are all that a command may ask for, and nothing it does not know', () => {
    expect(Object.keys(deploymentOutputs.strict().parse(read()))).toEqual(expect.arrayContaining(Object.keys(read())))
  })

  test('name every table, and per queued function its queue and its dead letters', () => {
    const { Tables, Queues } = deploymentOutputs.parse(read())
    expect(Object.keys(Tables).toSorted()).toEqual(Object.keys(tables).toSorted())
    expect(Queues['settle-village']).toEqual({
      url: expect.stringMatching(/queuesettlevillage/),
      deadUrl: expect.stringMatching(/deadsettlevillage/),
    })
  })

  test('name the time series that was chosen', () => {
    const { ReadingStore } = deploymentOutputs.parse(read())
    expect(readingStoreSettings.parse(ReadingStore).kind).toBe(context.store)
  })

  test('name what gateways need', () => {
    expect(deploymentOutputs.parse(read())).toMatchObject({
      GatewayPolicy: 'gatewaypolicy',
      GatewayType: 'gatewaytype',
      IngestRule: 'yangguang_ingest_readings',
    })
  })
})
