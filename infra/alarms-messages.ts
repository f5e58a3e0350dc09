import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { RECEIVES_MAX } from '../domain/limits.ts'
import type { CountName } from '../functions/entry.ts'
import { type AlarmSpec, FIVE_MINUTES, type Watched } from './alarm.ts'

/** Alarms on what happens to messages. China has no metrics of event sources, so it is the queues that are looked at. */

/** Readings are minutes old; settlements may take turns for hours. */
const READINGS_AGE = Duration.minutes(15)
const WORK_AGE = Duration.hours(2)
/** A gateway with a wrong clock is set aside now and then; this much is a firmware or a registry that is wrong. */
const QUARANTINE_PERCENT = 5

/** What IoT Core counts when it loses a message. It counts only what happens, so they are not added up: a sum of nothing is nothing. */
const LOSSES = [
  { id: 'rule-absent', metricName: 'RuleNotFound', means: 'gateways must name the rule as it is deployed.' },
  { id: 'rule-unread', metricName: 'ParseError', means: 'the rule could not read them; look at the log of IoT Core.' },
  { id: 'rule-throttled', metricName: 'RuleMessageThrottled', means: 'they were too many; ask AWS for a higher limit.' },
  {
    id: 'rule-without-error-action',
    metricName: 'ErrorActionFailure',
    means: 'neither the queue nor the queue of rule errors took them; look at the role of the rule and the keys of the queues.',
  },
] as const

export const alarmsOnMessages = ({ functions: { queues }, broker }: Watched): AlarmSpec[] => [
  ...Object.entries(queues).flatMap(([name, { work, dead, isReadings }]): AlarmSpec[] => [
    {
      id: `dead-${name}`,
      metric: waitingIn(dead),
      means:
        `Messages of ${name} failed ${RECEIVES_MAX} times and were set aside. The log of ${name} says why; when the cause is ` +
        `gone, within 14 days: ./yangguang dead-letters redrive ${name} --aws --write`,
    },
    {
      id: `age-${name}`,
      metric: work.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: FIVE_MINUTES }),
      over: (isReadings ? READINGS_AGE : WORK_AGE).toSeconds(),
      periods: 2,
      means:
        `Work of ${name} waits too long: it fails, is throttled, or there is more than it can do. Nothing is lost for four days. ` +
        'Look at its errors and at the concurrency of the account.',
    },
  ]),
  {
    id: 'rule-errors',
    metric: waitingIn(broker.ruleErrors),
    means:
      'IoT Core could not queue what gateways published. The message is kept in the queue of rule errors for 14 days: repair ' +
      'the cause, usually the role of the rule or a deleted queue, then: ./yangguang dead-letters redrive rule-errors --aws --write',
  },
  ...LOSSES.map(
    ({ id, metricName, means }): AlarmSpec => ({
      id,
      metric: ofRule(broker.ingestRule, metricName),
      means: `IoT Core dropped messages: ${means} What was dropped must be sent again (docs/replay.md).`,
    }),
  ),
  {
    id: 'quarantine',
    metric: quarantinePercent(),
    over: QUARANTINE_PERCENT,
    periods: 3,
    means:
      `More than ${QUARANTINE_PERCENT} % of readings are set aside. ./yangguang quarantine COUNTY --aws says why: mostly a device ` +
      'that is not in the registry, or a gateway whose clock is wrong. Nothing is lost; release them once it is repaired.',
  },
]

const waitingIn = (queue: Queue) => queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: FIVE_MINUTES })

/** What became of readings, as `functions/edge/aws-deps.ts` counts it. */
export const countOf = (name: CountName, period = FIVE_MINUTES): Metric =>
  new Metric({
    namespace: 'Yangguang',
    metricName: name,
    dimensionsMap: { service: 'ingest-readings' },
    statistic: 'Sum',
    period,
  })

const quarantinePercent = (): MathExpression =>
  new MathExpression({
    label: 'quarantined, %',
    period: Duration.minutes(15),
    expression: '100 * FILL(aside, 0) / (FILL(aside, 0) + FILL(stored, 0) + FILL(again, 0) + FILL(conflict, 0))',
    usingMetrics: {
      aside: countOf('quarantined'),
      stored: countOf('stored'),
      again: countOf('duplicate'),
      conflict: countOf('conflict'),
    },
  })

const ofRule = (ruleName: string, metricName: string): Metric =>
  new Metric({
    namespace: 'AWS/IoT',
    metricName,
    dimensionsMap: { RuleName: ruleName },
    statistic: 'Sum',
    period: FIVE_MINUTES,
  })
