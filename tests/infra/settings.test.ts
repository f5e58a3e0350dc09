import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../infra/settings.ts'

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:influx-AbCdEf'
const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/0f0f'
const INFLUX = { store: 'influxdb', influxUrl: 'https://influx.example.com:8086', influxDatabase: 'pv' }

describe('the settings of a deployment', () => {
  test('have a default for all that must be known', () => {
    expect(settingsOf({})).toEqual({
      store: 'dynamodb',
      rawRetentionDays: 1_100,
      logRetentionDays: 180,
      architecture: 'arm64',
      partition: 'aws',
    })
  })

  test('are texts on the command line, numbers included', () => {
    expect(
      settingsOf({ store: 'timestream', memoryHours: '48', rawRetentionDays: '400', logRetentionDays: '365' }),
    ).toMatchObject({
      memoryHours: 48,
      rawRetentionDays: 400,
      logRetentionDays: 365,
    })
  })

  test('leave the context of CDK itself alone', () => {
    expect(settingsOf({ 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:x': true, 'cli-telemetry': false })).toEqual(settingsOf({}))
  })

  test.each([
    [{ region: 'cn-northwest-1' }, 'aws-cn'],
    [{ region: 'eu-central-1' }, 'aws'],
    [{ partition: 'aws-cn' }, 'aws-cn'],
  ])('%o lies in the partition %s', (context, partition) => {
    expect(settingsOf(context)).toMatchObject({ partition })
  })

  test.each([
    INFLUX,
    { ...INFLUX, influxTokenSecretArn: SECRET },
    { domain: 'sun.example.com', certificate: CERTIFICATE },
    { partition: 'aws-cn', domain: 'sun.example.cn', certificate: 'ASCAEXAMPLE1234567890' },
    { monthlyBudgetUsd: '50', alarmEmail: 'office@example.com' },
  ])('%o is accepted', (context) => {
    expect(settingsOf(context)).toMatchObject({ ...context, ...('monthlyBudgetUsd' in context && { monthlyBudgetUsd: 50 }) })
  })

  test.each<[Record<string, string>, RegExp]>([
    [{ stor: 'dynamodb' }, /stor: unknown; there are store, /],
    [{ store: 'duckdb' }, /store: .*"dynamodb"\|"timestream"\|"influxdb"/],
    [{ store: 'influxdb' }, /influxUrl: .*address[^]*influxDatabase: .*name/],
    [{ ...INFLUX, influxUrl: 'http://influx.example.com' }, /influxUrl: an https:/],
    [{ ...INFLUX, influxUrl: 'https://someone:example-only@influx.example.com' }, /influxUrl: no user and password/],
    [{ ...INFLUX, influxUrl: 'https://example-only@influx.example.com' }, /influxUrl: no user and password/],
    [{ ...INFLUX, influxTokenSecretArn: 'the-token-itself' }, /influxTokenSecretArn: the ARN/],
    [{ influxUrl: 'https://influx.example.com' }, /influxUrl: only for store=influxdb/],
    [{ memoryHours: '48' }, /memoryHours: only for store=timestream/],
    [{ rawRetentionDays: '30' }, /rawRetentionDays: .*102/],
    [{ rawRetentionDays: '' }, /rawRetentionDays: /],
    [{ logRetentionDays: '200' }, /logRetentionDays: one of 1, 3/],
    [{ region: 'China' }, /region: a region such as/],
    [{ region: 'eu-central-1', partition: 'aws-cn' }, /partition: eu-central-1 is not in aws-cn/],
    [{ domain: 'sun.example.com' }, /certificate: a domain needs its certificate/],
    [{ certificate: CERTIFICATE }, /domain: a certificate is for a domain/],
    [{ domain: 'sun.example.com', certificate: CERTIFICATE.replace('us-east-1', 'eu-west-1') }, /certificate: .*us-east-1/],
    [{ partition: 'aws-cn', domain: 'sun.example.cn', certificate: CERTIFICATE }, /certificate: in China .*IAM/],
    [{ monthlyBudgetUsd: '50' }, /alarmEmail: a budget needs somebody/],
    [{ partition: 'aws-cn', monthlyBudgetUsd: '50', alarmEmail: 'office@example.cn' }, /monthlyBudgetUsd: there are no budgets/],
  ])('%o is refused with what to do about it', (context, words) => {
    expect(() => settingsOf(context)).toThrow(words)
  })

  test('are refused all at once', () => {
    expect(() => settingsOf({ store: 'influxdb', logRetentionDays: '2', colour: 'red' })).toThrow(
      /^these settings do not go together:\n/,
    )
    expect(() => settingsOf({ logRetentionDays: '2', architecture: 'z80' })).toThrow(/logRetentionDays[^]*architecture/)
  })
})
