import type { Stack } from 'aws-cdk-lib'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { addAlarm, type Watched } from './alarm.ts'
import { alarmsOnFunctions } from './alarms-functions.ts'
import { alarmsOnMessages } from './alarms-messages.ts'
import { alarmsOnPlatform } from './alarms-platform.ts'
import { addDashboard } from './dashboard.ts'
import type { Settings } from './settings.ts'

/** What somebody must look at: every alarm says what it means and what to do, on one dashboard and to one topic. */

export const addAlarms = (stack: Stack, watched: Watched, { alarmEmail }: Settings): void => {
  const topic = addTopic(stack, alarmEmail)
  const specs = [
    ...alarmsOnMessages(watched),
    ...alarmsOnFunctions(watched.functions),
    ...alarmsOnPlatform(stack, watched, topic),
  ]
  const alarms = specs.map((spec) => {
    const alarm = addAlarm(stack, spec)
    alarm.addAlarmAction(new SnsAction(topic))
    return alarm
  })
  addDashboard(stack, alarms, watched)
}

/** Other subscribers than the one of `alarmEmail` are added by hand. */
const addTopic = (stack: Stack, alarmEmail: string | undefined): Topic => {
  const topic = new Topic(stack, 'alarms', { enforceSSL: true })
  const conditions = { StringEquals: { 'aws:SourceAccount': stack.account } }
  topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions }))
  if (alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(alarmEmail))
  return topic
}
