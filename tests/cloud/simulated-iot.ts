import { createHash } from 'node:crypto'
import { type Answer, type Call, Failure } from './simulated-aws.ts'

/**
 * The part of AWS IoT's control plane that gateways need, simulated: its REST paths, and the rules that hold between things,
 * certificates and policies. It checks no key and signs nothing: certificates are invented text.
 */
export type SimulatedIot = {
  certificates: Map<string, SimulatedCertificate>
  /** The type of each. */
  things: Map<string, unknown>
  /** Undefined for a path that is not simulated. */
  answer: (call: Call) => Answer | undefined
  /** Whether a gateway could connect with a certificate of its thing, as the stack's policy has it. */
  letsIn: (thingName: string) => boolean
}
type SimulatedCertificate = { status: string; policies: Set<string>; things: Set<string>; requestedBy?: string }

export const POLICY = 'yangguang-gateway-policy'
export const ENDPOINT = 'simulated-ats.iot.example.test'
const ARN = 'arn:aws:iot:eu-central-1:000000000000:cert/'
const missing = new Failure(404, 'ResourceNotFoundException', 'no such thing')
const idOf = (arn: unknown): string => String(arn).slice(ARN.length)

export const simulatedIot = (): SimulatedIot => {
  const certificates: SimulatedIot['certificates'] = new Map()
  const things: SimulatedIot['things'] = new Map()

  const create = ({ query, body }: Call): Answer => {
    const id = createHash('sha256').update(`certificate ${certificates.size}`).digest('hex')
    const csr = body['certificateSigningRequest']
    certificates.set(id, {
      status: query.get('setAsActive') === 'true' ? 'ACTIVE' : 'INACTIVE',
      policies: new Set(),
      things: new Set(),
      ...(typeof csr === 'string' && { requestedBy: csr }),
    })
    const made = { certificateArn: `${ARN}${id}`, certificateId: id, certificatePem: `an invented certificate ${id}` }
    return csr === undefined ? { ...made, keyPair: { PublicKey: 'public', PrivateKey: `an invented key ${id}` } } : made
  }
  const remove = (id: string): Answer => {
    const found = certificates.get(id)
    if (!found) return missing
    if (found.status === 'ACTIVE') return new Failure(406, 'CertificateStateException', 'it is active')
    if (found.policies.size + found.things.size > 0) return new Failure(409, 'DeleteConflictException', 'it is attached')
    certificates.delete(id)
    return {}
  }
  const onCertificate = (method: string, id: string, call: Call): Answer => {
    const found = certificates.get(id)
    if (!found) return missing
    if (method === 'DELETE') return remove(id)
    if (method === 'PUT') found.status = call.query.get('newStatus') ?? found.status
    return { certificateDescription: { certificateArn: `${ARN}${id}`, certificateId: id, status: found.status } }
  }
  const onThing = (method: string, name: string, type: unknown): Answer => {
    if (method === 'GET') return things.has(name) ? { thingName: name, thingTypeName: things.get(name) } : missing
    if (things.has(name) && things.get(name) !== type) return new Failure(409, 'ResourceAlreadyExistsException', 'it differs')
    things.set(name, type)
    return { thingName: name }
  }
  const onPrincipals = (method: string, thing: string, call: Call): Answer => {
    if (!things.has(thing)) return missing
    if (method === 'GET') {
      const attached = [...certificates].filter(([, certificate]) => certificate.things.has(thing))
      return { principals: attached.map(([id]) => `${ARN}${id}`) }
    }
    const found = certificates.get(idOf(call.headers['x-amzn-principal']))
    if (!found) return missing
    if (method === 'PUT') found.things.add(thing)
    else found.things.delete(thing)
    return {}
  }
  const onPolicy = (method: string, policy: string, call: Call): Answer => {
    const found = certificates.get(idOf(call.body['target']))
    if (!found || policy !== POLICY) return missing
    if (method === 'PUT') found.policies.add(policy)
    else found.policies.delete(policy)
    return {}
  }
  const answer = (call: Call): Answer | undefined => {
    const [method = ''] = call.name.split(' ')
    const [, first = '', name = '', third] = call.path.split('/')
    if (first === 'things' && third === 'principals') return onPrincipals(method, name, call)
    if (first === 'things') return onThing(method, name, call.body['thingTypeName'])
    if (first === 'endpoint')
      return { endpointAddress: call.query.get('endpointType') === 'iot:Data-ATS' ? ENDPOINT : 'another.example.test' }
    if (first === 'keys-and-certificate' || (first === 'certificates' && method === 'POST')) return create(call)
    if (first === 'certificates') return onCertificate(method, name, call)
    if (first === 'target-policies') return onPolicy(method, name, call)
    if (first === 'attached-policies') {
      return {
        policies: [...(certificates.get(idOf(call.path.slice(19)))?.policies ?? [])].map((policyName) => ({ policyName })),
      }
    }
    return undefined
  }
  const letsIn = (thing: string): boolean =>
    [...certificates.values()].some(
      (certificate) => certificate.status === 'ACTIVE' && certificate.policies.has(POLICY) && certificate.things.has(thing),
    )
  return { certificates, things, answer, letsIn }
}
