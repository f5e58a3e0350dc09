import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Architecture, Code } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import type { FunctionName } from '../functions/manifest.ts'
import { addBroker } from './broker.ts'
import { addFunctions } from './functions.ts'
import { addHttpApi } from './http.ts'
import { addReadings } from './readings.ts'
import { addTables } from './tables.ts'

export type YangguangProps = StackProps & {
  /** The bundle of a function, with `handler` in `index`. */
  codeOf: (name: FunctionName) => Code
  architecture: Architecture
}

/** Everything the system is on AWS. */
export class YangguangStack extends Stack {
  constructor(scope: Construct, id: string, { codeOf, architecture, ...props }: YangguangProps) {
    super(scope, id, props)
    const tables = addTables(this)
    const readings = addReadings(this)
    const broker = addBroker(this)
    const http = addHttpApi(this)
    addFunctions(this, { tables, readings, broker, http, codeOf, architecture })
    new CfnOutput(this, 'ApiUrl', { value: http.url })
  }
}
