import { CfnOutput, type Stack } from 'aws-cdk-lib'
import type { DeploymentOutputs } from '../stores/deployment.ts'

/** What commands must know of a deployment, one output per property of `deploymentOutputs`; an object travels as JSON text. */
export const addOutputs = (stack: Stack, outputs: DeploymentOutputs): void => {
  for (const [name, value] of Object.entries(outputs)) {
    if (value === undefined) continue
    new CfnOutput(stack, name, { value: typeof value === 'string' ? value : stack.toJsonString(value) })
  }
}
