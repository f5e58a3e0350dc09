import type { IConstruct } from 'constructs'
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag'
import { IotChecks } from './iot-checks.ts'

/** Every pack of rules a template must pass before it leaves this machine. */
export const checksOf = (scope: IConstruct): NagPack[] => [
  new AwsSolutionsChecks(scope),
  new ServerlessChecks(scope),
  new IotChecks(scope),
]
