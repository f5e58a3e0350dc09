import { DeploymentError } from './complaint.ts'
import type { Deployment } from './deployment.ts'
import { actAs } from './identity.ts'

/** What the command line takes from this room. The SDK is loaded by the command that needs it, never by one that does not. */

export { complaintOfAws } from './complaint.ts'

/** How the operator names a deployment. */
export type DeploymentOptions = { stack: string; profile?: string; region?: string }

/** Finds the deployment. From then on everything the SDK opens in this process acts in that region and as that profile. */
export const openDeploymentOf = async ({ stack, ...identity }: DeploymentOptions): Promise<Deployment> => {
  actAs(identity)
  const { openDeployment } = await import('./deployment.ts')
  return openDeployment(stack)
}

/** Reaches the HTTP API of the deployment as an administrator of everything, as commands on one machine reach theirs. */
export const openApiOf = async (options: DeploymentOptions) => {
  const [deployment, { apiCaller }] = await Promise.all([openDeploymentOf(options), import('./api.ts')])
  const call = apiCaller(deployment)
  return {
    call: async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> => {
      if (!path.startsWith('/api/')) throw new DeploymentError('this command works on one machine only: leave --aws out')
      return call(method, path, body)
    },
  }
}

/** The gateways of the deployment. */
export const openGatewayDeskOf = async (options: DeploymentOptions) => {
  const [deployment, { gatewayDesk }] = await Promise.all([openDeploymentOf(options), import('./gateways.ts')])
  return gatewayDesk(deployment)
}

/** What was given up on the deployment. */
export const openDeadLetterDeskOf = async (options: DeploymentOptions) => {
  const [deployment, { deadLetterDesk }] = await Promise.all([openDeploymentOf(options), import('./dead-letters.ts')])
  return deadLetterDesk(deployment)
}

/** The deployment as one end of a move. */
export const openTransferEndOf = async (options: DeploymentOptions) => {
  const [deployment, { transferEnd }] = await Promise.all([openDeploymentOf(options), import('./transfer.ts')])
  return transferEnd(deployment)
}

/** Marks days of the deployment to be computed anew. */
export const openMarkingOf = async (options: DeploymentOptions) => {
  const [deployment, { markDays }] = await Promise.all([openDeploymentOf(options), import('./backfill.ts')])
  return async (span: Parameters<typeof markDays>[1], ask: Parameters<typeof markDays>[2]): Promise<number> =>
    markDays(deployment, span, ask)
}
