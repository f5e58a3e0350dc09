import type { Stack } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { AlertKind } from '../domain/alert.ts'
import { type AlarmSpec, FIVE_MINUTES, type Watched } from './alarm.ts'
import type { SystemFunctions } from './functions.ts'

/** Alarms on the whole: what is silent, what people see fail, and whether alarms arrive. */

/** One silent station is a work order; so many at once are a carrier, a storm or a certificate that ended. */
const SILENT_STATIONS = 20
const SERVER_ERRORS = 5
/** Written for each message; a hot partition shows here first. */
const BUSY_TABLES = ['liveness', 'staleDays'] as const

export const alarmsOnPlatform = (stack: Stack, { functions, http, readings, tables }: Watched, topic: Topic): AlarmSpec[] => [
  {
    id: 'platform-silent',
    metric: silent(stack, functions, 'platform_silent'),
    periods: 3,
    means:
      'Not one message of a whole county arrives. It is more likely the platform than the county: look at rule errors, at the log ' +
      'of ingest-readings and at what IoT Core says of connections.',
  },
  {
    id: 'stations-silent',
    metric: silent(stack, functions, 'station_offline'),
    over: SILENT_STATIONS,
    periods: 3,
    means:
      `More than ${SILENT_STATIONS} stations are silent by day. Each is in the dashboard; together they point to a carrier, to the ` +
      'weather, or to certificates that were revoked or have ended.',
  },
  {
    id: 'http-5xx',
    metric: http.api.metricServerError({ statistic: 'Sum', period: FIVE_MINUTES }),
    over: SERVER_ERRORS,
    means:
      'People got errors of ours. The access log names route and integration error, the log of the function the cause; requests ' +
      'that fail after 30 s are too slow.',
  },
  ...[...readings.tables, ...BUSY_TABLES.map((id) => ({ id, tableName: tables[id].tableName }))].map(
    ({ id, tableName }): AlarmSpec => ({
      id: `throttled-${id}`,
      metric: throttlesOf(tableName),
      periods: 3,
      means:
        'DynamoDB has throttled this table for a quarter of an hour. Messages wait and nothing is lost. A table that is paid per ' +
        'request grows by itself within half an hour; longer, one key takes it all: see which gateway sends so much.',
    }),
  ),
  {
    id: 'notifications',
    metric: topic.metricNumberOfNotificationsFailed({ statistic: 'Sum', period: FIVE_MINUTES }),
    means:
      'An alarm could not be delivered. Look at the subscriptions of the topic: an address that ended, or was never confirmed.',
  },
]

/** `functions/watch-offline.ts` logs how much is silent while anything is. */
const silent = (stack: Stack, { lambdas }: SystemFunctions, kind: AlertKind): Metric => {
  const field = `$.silent.${kind}`
  const watch = lambdas.find(({ name }) => name === 'watch-offline')
  if (!watch) throw new Error('nobody watches what is silent')
  const metricName = kind
  new MetricFilter(stack, `filter-${kind.replaceAll('_', '-')}`, {
    logGroup: watch.logGroup,
    metricNamespace: 'Yangguang',
    metricName,
    filterPattern: FilterPattern.numberValue(field, '>', 0),
    metricValue: field,
  })
  return new Metric({ namespace: 'Yangguang', metricName, statistic: 'Maximum', period: FIVE_MINUTES })
}

const throttlesOf = (tableName: string): MathExpression => {
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName: tableName },
      statistic: 'Sum',
      period: FIVE_MINUTES,
    })
  return new MathExpression({
    label: 'throttled reads and writes',
    period: FIVE_MINUTES,
    expression: 'FILL(reads, 0) + FILL(writes, 0)',
    usingMetrics: { reads: metric('ReadThrottleEvents'), writes: metric('WriteThrottleEvents') },
  })
}
