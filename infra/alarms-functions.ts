import { Duration } from 'aws-cdk-lib'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import type { AlarmSpec } from './alarm.ts'
import type { SystemFunctions } from './functions.ts'

/** Alarms on functions: that fail, that are about to run out of time, that do not run. */

/** Of the timeout: what grows with the county will reach it. */
const NEAR_TIMEOUT = 0.8
/** Of periods that fail, nearly time out or see no run. */
const IN_A_ROW = 3
const SHORTEST_WAIT = Duration.minutes(5)

export const alarmsOnFunctions = ({ lambdas }: SystemFunctions): AlarmSpec[] =>
  lambdas.flatMap(({ name, lambda, timeoutSeconds, everyMinutes = 0 }): AlarmSpec[] => {
    // A function that runs once an hour fails once an hour: in shorter periods its failures are never in a row.
    const period = Duration.minutes(Math.max(everyMinutes, SHORTEST_WAIT.toMinutes()))
    return [
      {
        id: `errors-${name}`,
        metric: new MathExpression({
          label: `${name}: errors and throttles`,
          period,
          expression: 'FILL(errors, 0) + FILL(throttles, 0)',
          usingMetrics: { errors: lambda.metricErrors({ period }), throttles: lambda.metricThrottles({ period }) },
        }),
        periods: IN_A_ROW,
        means:
          `${name} has failed or been throttled for ${IN_A_ROW * period.toMinutes()} min. Its log says why, under errorName; throttling ` +
          'alone means that the account has too little concurrency. Queued work is tried again and then set aside, a schedule asks ' +
          'again by itself.',
      },
      {
        id: `slow-${name}`,
        metric: lambda.metricDuration({ statistic: 'Maximum', period }),
        over: NEAR_TIMEOUT * timeoutSeconds * 1_000,
        periods: IN_A_ROW,
        means: `${name} needs nearly all of its ${timeoutSeconds} s. Raise timeoutSeconds or memoryMb in functions/manifest.ts.`,
      },
      ...(everyMinutes === 0 ? [] : [missedRuns(name, lambda, { everyMinutes, period })]),
    ]
  })

type Lambda = SystemFunctions['lambdas'][number]['lambda']
type Pace = { everyMinutes: number; period: Duration }

const missedRuns = (name: string, lambda: Lambda, { everyMinutes, period }: Pace): AlarmSpec => ({
  id: `missed-${name}`,
  metric: lambda.metricInvocations({ period }),
  below: 1,
  periods: IN_A_ROW,
  missing: 'wrong',
  means:
    `${name} should run every ${everyMinutes} min and has not. Look at its schedule in EventBridge Scheduler and at the role of ` +
    'the schedule. The next run catches up by itself.',
})
