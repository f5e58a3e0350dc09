import { describe, expect, test } from 'vitest'
import { checkedSettings, contextArguments, parseOptions, USAGE } from '../../infra/deploy-options.ts'
import { settingNames } from '../../infra/settings.ts'

describe('the options of a deployment', () => {
  test('are its settings, and how to go about it', () => {
    expect(
      parseOptions(['--profile', 'county', '--region', 'cn-north-1', '--store=timestream', '--raw-retention-days', '400']),
    ).toEqual({
      profile: 'county',
      settings: { region: 'cn-north-1', store: 'timestream', rawRetentionDays: '400' },
      dryRun: false,
      yes: false,
      dataMayLeaveChina: false,
      changeStore: false,
    })
    expect(parseOptions(['--dry-run', '--yes', '--household-data-may-leave-china', '--change-store'])).toEqual({
      settings: {},
      dryRun: true,
      yes: true,
      dataMayLeaveChina: true,
      changeStore: true,
    })
  })

  test('exist for every setting there is', () => {
    for (const name of settingNames) {
      const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      expect(parseOptions([option, 'x'])?.settings).toEqual({ [name]: 'x' })
      expect(USAGE).toContain(option)
    }
  })

  test('that do not exist are refused, and so is what is no option', () => {
    expect(() => parseOptions(['--stroe', 'dynamodb'])).toThrow("Unknown option '--stroe'")
    expect(() => parseOptions(['timestream'])).toThrow('timestream')
  })

  test('ask for help', () => {
    expect(parseOptions(['--store', 'papyrus', '--help'])).toBeUndefined()
  })

  test('that do not go together are named as they are written, all at once', () => {
    const given = { store: 'influxdb', logRetentionDays: '8', region: 'cn-north-1' }
    expect(() => checkedSettings(given)).toThrow(/--log-retention-days: one of/)
    expect(() => checkedSettings({ store: 'influxdb' })).toThrow(/--influx-url: [^]*--influx-database: /)
  })

  test('become the context of the CDK app', () => {
    expect(contextArguments({ store: 'timestream', region: 'eu-west-1' })).toEqual([
      '-c',
      'store=timestream',
      '-c',
      'region=eu-west-1',
    ])
  })
})
