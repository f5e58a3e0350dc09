import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Code } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { FunctionName } from '../functions/manifest.ts'
import { addAlarms } from './alarms.ts'
import { addArchive } from './archive.ts'
import { addBroker } from './broker.ts'
import { addBudget } from './budget.ts'
import { addFunctions } from './functions.ts'
import { addHttpApi } from './http.ts'
import { addKeys } from './keys.ts'
import { addOutputs } from './outputs.ts'
import { queueUrls } from './queues.ts'
import { addReadings } from './readings.ts'
import type { Settings } from './settings.ts'
import { addTables, physicalNames } from './tables.ts'
import { addWeb } from './web.ts'

export type YangguangProps = StackProps & {
  /** The bundle of a function, with `handler` in `index`. */
  codeOf: (name: FunctionName) => Code
  settings: Settings
}

/** Everything the system is on AWS. */
export class YangguangStack extends Stack {
  constructor(scope: Construct, id: string, { codeOf, settings, ...props }: YangguangProps) {
    super(scope, id, { ...props, ...(settings.region && { env: { region: settings.region } }) })
    const keys = addKeys(this)
    const tables = addTables(this, keys)
    const readings = addReadings(this, settings)
    const archive = addArchive(this)
    const broker = addBroker(this, keys.field)
    const http = addHttpApi(this, settings)
    const functions = addFunctions(this, { tables, readings, archive, keys, broker, http, codeOf, settings })
    addAlarms(this, { functions, broker, http, readings, tables }, settings)
    addBudget(this, settings)
    const web = addWeb(this, settings, http.api)
    addOutputs(this, {
      ApiUrl: http.url,
      WebUrl: web?.url,
      WebBucket: web?.bucketName,
      DistributionId: web?.distributionId,
      Tables: physicalNames(tables),
      Queues: queueUrls(functions.queues),
      RuleErrorsUrl: broker.ruleErrors.queueUrl,
      ReadingStore: readings.settings,
      ArchiveBucket: archive.bucketName,
      GatewayPolicy: broker.gatewayPolicy,
      GatewayType: broker.gatewayType,
      IngestRule: broker.ingestRule,
    })
  }
}
