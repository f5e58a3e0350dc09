import type { Stack } from 'aws-cdk-lib'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import type { Settings } from './settings.ts'

/** Tells `alarmEmail` when the account's bill of the month reaches or is going to pass what was set; China has no such service. */
export const addBudget = (stack: Stack, { monthlyBudgetUsd, alarmEmail }: Settings): void => {
  if (monthlyBudgetUsd === undefined || alarmEmail === undefined) return
  const tell = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
    notification: { notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
    subscribers: [{ subscriptionType: 'EMAIL', address: alarmEmail }],
  })
  new CfnBudget(stack, 'budget', {
    budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: monthlyBudgetUsd, unit: 'USD' } },
    notificationsWithSubscribers: [tell('ACTUAL', 80), tell('FORECASTED', 100), tell('ACTUAL', 100)],
  })
}
