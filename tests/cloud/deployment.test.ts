import { afterEach, describe, expect, test, vi } from 'vitest'
import { complaintOfAws, DeploymentError } from '../../cloud/complaint.ts'
import { openDeployment } from '../../cloud/deployment.ts'
import { outputTexts, someOutputs } from './a-deployment.ts'
import { type Answer, describedStack, Failure, noSuchStack, type SimulatedAws, startSimulatedAws } from './simulated-aws.ts'

let aws: SimulatedAws | undefined
afterEach(async () => {
  await aws?.close()
  vi.unstubAllEnvs()
})
/** A CloudFormation that answers every call with this. */
const cloudFormation = async (answer: Answer): Promise<void> => {
  aws = await startSimulatedAws(() => answer)
}
const complaint = async (): Promise<string | undefined> => {
  try {
    await openDeployment('yangguang')
  } catch (error) {
    return complaintOfAws(error)
  }
  throw new Error('it opened')
}

describe('a deployment', () => {
  test('is found by its stack, and its parts by the outputs', async () => {
    const outputs = someOutputs({
      Queues: { 'settle-station': { url: 'https://sqs.example.test/0/work', deadUrl: 'https://sqs.example.test/0/dead' } },
    })
    await cloudFormation(describedStack({ name: 'yangguang', status: 'UPDATE_ROLLBACK_COMPLETE', outputs: outputTexts(outputs) }))
    const deployment = await openDeployment('yangguang')
    expect(deployment.outputs).toEqual(outputs)
    expect(Object.keys(deployment.tables)).toEqual(Object.keys(outputs.Tables))
  })

  test.each([
    ['IngestRule', undefined],
    ['Tables', 'registry'],
    ['ReadingStore', '{"kind":"papyrus"}'],
  ])('of another version of the platform is refused by what differs: %s', async (name, text) => {
    const { [name]: _, ...others } = outputTexts(someOutputs())
    const outputs = { ...others, ...(text !== undefined && { [name]: text }) }
    await cloudFormation(describedStack({ name: 'yangguang', outputs }))
    expect(await complaint()).toContain(`another version of the platform (outputs ${name})`)
  })

  test.each([
    ['CREATE_IN_PROGRESS', 'wait until it is deployed'],
    ['ROLLBACK_COMPLETE', 'delete it and deploy again'],
    ['ROLLBACK_FAILED', 'delete it and deploy again'],
    ['DELETE_IN_PROGRESS', 'is being deleted'],
  ])('whose stack is in %s is refused: %s', async (status, words) => {
    await cloudFormation(describedStack({ name: 'yangguang', status, outputs: outputTexts(someOutputs()) }))
    expect(await complaint()).toContain(words)
  })

  test('that does not exist is said with the region it was looked for in', async () => {
    await cloudFormation(noSuchStack('yangguang'))
    expect(await complaint()).toContain('no stack "yangguang" in eu-central-1')
  })
})

describe('what stands in the way is said in one line:', () => {
  test.each([
    ['no credentials', { AWS_ACCESS_KEY_ID: undefined }, 'no AWS credentials here'],
    ['a profile that is none', { AWS_PROFILE: 'nobody', AWS_ACCESS_KEY_ID: undefined }, 'no AWS credentials here'],
    ['no region', { AWS_REGION: undefined }, 'say which region of AWS'],
    ['nothing that answers', { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }, 'does not answer'],
  ])('%s', async (_what, environment, words) => {
    await cloudFormation(noSuchStack('yangguang'))
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    expect(await complaint()).toContain(words)
  })

  test.each([
    ['ExpiredToken', 'sign in again'],
    ['InvalidClientTokenId', 'of this partition'],
    ['AccessDenied', 'may not do that: not authorised to describe'],
  ])('%s', async (code, words) => {
    await cloudFormation(new Failure(403, code, 'not authorised to describe'))
    expect(await complaint()).toContain(words)
  })

  test('a bug is none of these', () => {
    expect(complaintOfAws(new TypeError('x is not a function'))).toBeUndefined()
    expect(complaintOfAws('text')).toBeUndefined()
    expect(complaintOfAws(new DeploymentError('as it is'))).toBe('as it is')
  })
})
