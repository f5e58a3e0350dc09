import { Duration } from 'aws-cdk-lib'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { type AlarmSpec, FIVE_MINUTES } from './alarm.ts'
import type { SystemFunctions } from './functions.ts'

/** Alarms on functions: that fail, that are about to run out of time, that do not run. */

/** Of the timeout: what grows with the county will reach it. */
const NEAR_TIMEOUT = 0.8
const RUNS_MISSED = 3
const SHORTEST_WAIT = Duration.minutes(5)

export const alarmsOnFunctions = ({ lambdas }: SystemFunctions): AlarmSpec[] =>
  lambdas.flatMap(({ name, lambda, timeoutSeconds, everyMinutes }): AlarmSpec[] => [
    {
      id: `errors-${name}`,
      metric: new MathExpression({
        label: `${name}: errors and throttles`,
        period: FIVE_MINUTES,
        expression: 'FILL(errors, 0) + FILL(throttles, 0)',
        usingMetrics: {
          errors: lambda.metricErrors({ period: FIVE_MINUTES }),
          throttles: lambda.metricThrottles({ period: FIVE_MINUTES }),
        },
      }),
      periods: 3,
      means:
        `${name} has failed or been throttled for a quarter of an hour. Its log says why, under errorName; throttling alone means ` +
        'that the account has too little concurrency. Queued work is tried again and then set aside, a schedule asks again by itself.',
    },
    {
      id: `slow-${name}`,
      metric: lambda.metricDuration({ statistic: 'Maximum', period: FIVE_MINUTES }),
      over: NEAR_TIMEOUT * timeoutSeconds * 1_000,
      periods: 3,
      means: `${name} needs nearly all of its ${timeoutSeconds} s. Raise timeoutSeconds or memoryMb in functions/manifest.ts.`,
    },
    ...(everyMinutes === undefined ? [] : [missedRuns(name, lambda, everyMinutes)]),
  ])

const missedRuns = (name: string, lambda: SystemFunctions['lambdas'][number]['lambda'], everyMinutes: number): AlarmSpec => {
  const period = Duration.minutes(Math.max(everyMinutes, SHORTEST_WAIT.toMinutes()))
  return {
    id: `missed-${name}`,
    metric: lambda.metricInvocations({ period }),
    below: 1,
    periods: RUNS_MISSED,
    missing: 'wrong',
    means:
      `${name} should run every ${everyMinutes} min and has not. Look at its schedule in EventBridge Scheduler and at the role of ` +
      'the schedule. The next run catches up by itself.',
  }
}
