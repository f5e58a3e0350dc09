import { Code } from 'aws-cdk-lib/aws-lambda'
import { type Synthesised, synthesise } from './synthesised.ts'

/** The stack in each of its kinds, without the code of its functions, which `bundles.test.ts` proves. Each is synthesised once. */

const NO_CODE = Code.fromInline('exports.handler = () => {}')

type Context = Record<string, string>

const STORES: Record<string, Context> = {
  dynamodb: {},
  timestream: {},
  influxdb: {
    influxUrl: 'https://influx.example.com:8086',
    influxDatabase: 'pv',
    influxTokenSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:influx-AbCdEf',
  },
}

const PLACES: Record<string, Context> = {
  aws: { alarmEmail: 'office@example.com', monthlyBudgetUsd: '50' },
  'aws-cn': { alarmEmail: 'office@example.cn', domain: 'sun.example.cn', certificate: 'ASCAEXAMPLE1234567890' },
}

/** Both partitions, all three stores. */
export const ofEachKind = Object.entries(PLACES).flatMap(([partition, place]) =>
  Object.entries(STORES).map(([store, settings]): [string, Context] => [
    `${store} in ${partition}`,
    { partition, ...place, store, ...settings },
  ]),
)

const known = new Map<string, Synthesised>()

export const stackOf = (context: Context, options: { isValidated?: boolean } = {}): Synthesised => {
  const name = JSON.stringify(context)
  const stack = known.get(name) ?? synthesise(() => NO_CODE, context, options)
  known.set(name, stack)
  return stack
}
