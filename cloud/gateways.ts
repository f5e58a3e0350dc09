import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  IoTClient,
  ResourceAlreadyExistsException,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { connectionOf, type GatewayDesk, topicOf } from '../domain/connection.ts'
import { ID_PATTERN } from '../domain/limits.ts'
import { activeOf, certificateIdsOf, endCertificate, orNothing } from './certificates.ts'
import { DeploymentError } from './complaint.ts'
import type { Deployment } from './deployment.ts'

/**
 * Gateways in AWS IoT Core: a thing of the gateway's id with a certificate of its own, under the stack's policy.
 *
 * A certificate is born inactive and becomes active as the very last step, after its key is kept: whatever stops this before, a
 * lost connection or a pulled plug, leaves nothing that can connect. What went wrong is cleared away when that is possible.
 */

const SERVER_AUTHORITY =
  'Amazon Trust Services, as listed at https://www.amazontrust.com/repository/ : Amazon Root CA 1 (RSA) or 3 (ECC)'

/** The registry's gateways and nobody else's. */
const checkRegistered = async ({ tables }: Pick<Deployment, 'tables'>, gatewayId: string): Promise<void> => {
  const found = ID_PATTERN.test(gatewayId) ? await tables.gateways.get({ gatewayId }) : undefined
  if (!found) throw new DeploymentError(`the registry has no gateway "${gatewayId}": import it first`)
}

export const gatewayDesk = (deployment: Pick<Deployment, 'tables' | 'outputs'>, client = new IoTClient()): GatewayDesk => ({
  add: async (gatewayId, { csrPem }, keep) => {
    await checkRegistered(deployment, gatewayId)
    // The same thing again is no error, so that a run that was interrupted can be repeated.
    await createThing(client, gatewayId, deployment.outputs.GatewayType)
    const others = await activeOf(client, gatewayId)
    const { endpointAddress } = await client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))
    if (endpointAddress === undefined) throw new Error('AWS IoT named no endpoint')
    const certificate = await createInactive(client, csrPem)
    try {
      await keep({
        ...connectionOf(gatewayId, `mqtts://${endpointAddress}`),
        kind: 'certificate',
        basicIngestTopic: `$aws/rules/${deployment.outputs.IngestRule}/${topicOf(gatewayId)}`,
        certificateId: certificate.id,
        certificatePem: certificate.pem,
        ...(certificate.privateKeyPem !== undefined && { privateKeyPem: certificate.privateKeyPem }),
        serverAuthority: SERVER_AUTHORITY,
      })
      await client.send(new AttachPolicyCommand({ policyName: deployment.outputs.GatewayPolicy, target: certificate.arn }))
      await client.send(new AttachThingPrincipalCommand({ thingName: gatewayId, principal: certificate.arn }))
      await client.send(new UpdateCertificateCommand({ certificateId: certificate.id, newStatus: 'ACTIVE' }))
    } catch (error) {
      throw await cleared(client, gatewayId, certificate.id, error)
    }
    // From here on nothing may fail: the certificate works, and its file must stay.
    return addedLines(gatewayId, certificate.id, others)
  },
  revoke: async (gatewayId, { certificateId, remove = false }) => {
    // Not held to the registry: a gateway that is no longer in it must be shut out all the same.
    await checkOurs(client, gatewayId, deployment.outputs.GatewayType)
    const ids = await certificateIdsOf(client, gatewayId)
    const ending = certificateId === undefined ? ids : ids.filter((id) => id === certificateId)
    if (ending.length === 0) {
      const which = certificateId === undefined ? 'no certificate' : `no certificate ${certificateId}`
      throw new DeploymentError(`the gateway ${gatewayId} has ${which} in AWS IoT: nothing to revoke`)
    }
    for (const id of ending) await endCertificate(client, gatewayId, id, { remove })
    return [
      ...ending.map((id) => `certificate ${id}: ${remove ? 'deleted' : 'inactive, without policy and thing'}`),
      'an open connection is closed by AWS IoT within minutes; what it had acknowledged stays',
    ]
  },
})

const createThing = async (client: IoTClient, thingName: string, thingTypeName: string): Promise<void> => {
  try {
    await client.send(new CreateThingCommand({ thingName, thingTypeName }))
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error
    throw new DeploymentError(`this account has a thing ${thingName} of another kind: rename one of them`, { cause: error })
  }
}

/** An account may have things of other makers, too, and they are none of ours to shut out. */
const checkOurs = async (client: IoTClient, thingName: string, thingTypeName: string): Promise<void> => {
  const thing = ID_PATTERN.test(thingName) ? await orNothing(client.send(new DescribeThingCommand({ thingName }))) : undefined
  if (!thing) throw new DeploymentError(`there is no thing ${thingName} in AWS IoT: nothing to revoke`)
  if (thing.thingTypeName !== thingTypeName) throw new DeploymentError(`the thing ${thingName} is of another kind: not a gateway`)
}

/** With a key that AWS IoT makes and shows this once, or for a key that stays where it was made. */
const createInactive = async (client: IoTClient, csrPem: string | undefined) => {
  if (csrPem !== undefined) {
    const asked = { certificateSigningRequest: csrPem, setAsActive: false }
    return { ...whole(await client.send(new CreateCertificateFromCsrCommand(asked))), privateKeyPem: undefined }
  }
  const made = await client.send(new CreateKeysAndCertificateCommand({ setAsActive: false }))
  const privateKeyPem = made.keyPair?.PrivateKey
  if (privateKeyPem === undefined) throw new Error('AWS IoT made a key and did not show it')
  return { ...whole(made), privateKeyPem }
}

type Made = { certificateArn?: string | undefined; certificateId?: string | undefined; certificatePem?: string | undefined }
const whole = ({ certificateArn: arn, certificateId: id, certificatePem: pem }: Made) => {
  if (arn === undefined || id === undefined || pem === undefined) throw new Error('AWS IoT did not show the certificate it made')
  return { arn, id, pem }
}

/** Takes back what was begun; answers the error to throw. */
const cleared = async (client: IoTClient, gatewayId: string, certificateId: string, error: unknown): Promise<unknown> => {
  try {
    await endCertificate(client, gatewayId, certificateId, { remove: true })
    return error
  } catch {
    const left = `certificate ${certificateId} may be left: \`yangguang gateway revoke ${gatewayId} --aws --write\``
    return new DeploymentError(`${error instanceof Error ? error.message : String(error)}; ${left}`, { cause: error })
  }
}

const addedLines = (gatewayId: string, certificateId: string, others: readonly string[]): string[] => [
  `certificate ${certificateId} is active`,
  ...others.map(
    (id) => `so is ${id}: end it once the new one is in use, \`gateway revoke ${gatewayId} --certificate ${id} --aws --write\``,
  ),
]
