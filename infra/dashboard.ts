import type { Stack } from 'aws-cdk-lib'
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { FIVE_MINUTES, type Watched } from './alarm.ts'
import { COUNTS } from '../functions/entry.ts'
import { countOf } from './alarms-messages.ts'

/** One page for whoever is called: all alarms, then what they look at. */

const WIDTH = 24
const HALF = WIDTH / 2

export const addDashboard = (stack: Stack, alarms: readonly Alarm[], { functions, http }: Watched): void => {
  const queues = Object.values(functions.queues)
  const lambdas = functions.lambdas.map(({ lambda }) => lambda)
  const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: HALF })
  new Dashboard(stack, 'dashboard', {
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: WIDTH })],
      [
        graph(
          'What became of readings',
          COUNTS.map((name) => countOf(name)),
        ),
        graph(
          'Age of the oldest message, s',
          queues.map(({ work }) => work.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES })),
        ),
      ],
      [
        graph(
          'Dead letters',
          queues.map(({ dead }) => dead.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES })),
        ),
        graph('Requests', [
          http.api.metricCount({ period: FIVE_MINUTES }),
          http.api.metricClientError({ period: FIVE_MINUTES }),
          http.api.metricServerError({ period: FIVE_MINUTES }),
        ]),
      ],
      [
        graph(
          'Errors',
          lambdas.map((lambda) => lambda.metricErrors({ period: FIVE_MINUTES })),
        ),
        graph(
          'Longest run, ms',
          lambdas.map((lambda) => lambda.metricDuration({ statistic: 'Maximum', period: FIVE_MINUTES })),
        ),
      ],
    ],
  })
}
