import { Duration, type Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { SystemBroker } from './broker.ts'
import type { SystemFunctions } from './functions.ts'
import type { SystemHttp } from './http.ts'
import type { SystemReadings } from './readings.ts'
import type { SystemTables } from './tables.ts'

/** One alarm: what it looks at, what it means and what to do about it. */

export type AlarmSpec = {
  /** Name of the construct, after `alarm-`. */
  id: string
  metric: IMetric
  /** It is raised above this, 0 when absent, or below `below`. */
  over?: number
  below?: number
  /** That many periods of the metric in a row. */
  periods?: number
  /** What no data at all means. */
  missing?: 'fine' | 'wrong'
  /** What happened, and what to do about it. */
  means: string
}

/** What alarms look at. */
export type Watched = {
  functions: SystemFunctions
  broker: SystemBroker
  http: SystemHttp
  readings: SystemReadings
  tables: SystemTables
}

export const FIVE_MINUTES = Duration.minutes(5)

export const addAlarm = (stack: Stack, { id, metric, over, below, periods = 1, missing = 'fine', means }: AlarmSpec): Alarm =>
  new Alarm(stack, `alarm-${id}`, {
    metric,
    alarmDescription: means,
    threshold: below ?? over ?? 0,
    comparisonOperator: below === undefined ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: periods,
    treatMissingData: missing === 'fine' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
  })
