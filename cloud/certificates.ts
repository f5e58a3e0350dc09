import { setTimeout as wait } from 'node:timers/promises'
import {
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  type IoTClient,
  ListAttachedPoliciesCommand,
  ListThingPrincipalsCommand,
  ResourceNotFoundException,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'

/** Certificates of a thing in AWS IoT Core, and how one ends. */

/** A gateway has one, two while it changes over. */
const CERTIFICATES_MAX = 100
/** Detaching takes effect some seconds later, and a certificate that is attached is not deleted. */
const DELETE_TRIES_MAX = 6
const FIRST_WAIT_MS = 250

/** The certificates attached to a thing, whatever their status; none when there is no such thing. */
export const certificateIdsOf = async (client: IoTClient, thingName: string): Promise<string[]> => {
  const ids: string[] = []
  let nextToken: string | undefined
  do {
    const found = await orNothing(client.send(new ListThingPrincipalsCommand({ thingName, ...(nextToken && { nextToken }) })))
    for (const principal of found?.principals ?? []) {
      const [, id] = /:cert\/([0-9a-f]+)$/.exec(principal) ?? []
      if (id !== undefined) ids.push(id)
    }
    nextToken = found?.nextToken
    if (ids.length > CERTIFICATES_MAX) throw new RangeError(`more than ${CERTIFICATES_MAX} certificates of one gateway`)
  } while (nextToken !== undefined)
  return ids
}

export const activeOf = async (client: IoTClient, thingName: string): Promise<string[]> => {
  const active: string[] = []
  for (const certificateId of await certificateIdsOf(client, thingName)) {
    const { certificateDescription } = await client.send(new DescribeCertificateCommand({ certificateId }))
    if (certificateDescription?.status === 'ACTIVE') active.push(certificateId)
  }
  return active
}

/**
 * Ends a certificate: first inactive, from when on nobody can connect with it; then without policies and thing, so that it is good
 * for nothing even if somebody activates it again. What is gone already is no error: an interrupted run is simply repeated.
 */
export const endCertificate = async (
  client: IoTClient,
  thingName: string,
  certificateId: string,
  { remove }: { remove: boolean },
): Promise<void> => {
  const found = await orNothing(client.send(new DescribeCertificateCommand({ certificateId })))
  const arn = found?.certificateDescription?.certificateArn
  if (arn === undefined) return
  await client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
  const { policies = [] } = await client.send(new ListAttachedPoliciesCommand({ target: arn }))
  for (const { policyName } of policies) await orNothing(client.send(new DetachPolicyCommand({ policyName, target: arn })))
  await orNothing(client.send(new DetachThingPrincipalCommand({ thingName, principal: arn })))
  if (remove) await deleteCertificate(client, certificateId)
}

const deleteCertificate = async (client: IoTClient, certificateId: string): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await orNothing(client.send(new DeleteCertificateCommand({ certificateId })))
      return
    } catch (error) {
      const isAttached = error instanceof Error && /^(DeleteConflict|InvalidRequest|CertificateState)Exception$/.test(error.name)
      if (!isAttached || tries === DELETE_TRIES_MAX) throw error
      await wait(FIRST_WAIT_MS * 2 ** tries)
    }
  }
}

/** What is not there is no error. */
export const orNothing = async <Answer>(sent: Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await sent
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
