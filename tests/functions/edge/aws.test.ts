import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Ambient, ScheduleOutcome } from '../../../functions/entry.ts'
import { onAws } from '../../../functions/edge/aws.ts'

const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 10_000 }

afterEach(() => vi.unstubAllEnvs())

describe('a function on AWS', () => {
  test('is created at its first invocation, once per instance', async () => {
    vi.stubEnv('FUNCTION', 'watch-offline')
    const create = vi.fn(
      ({ now }: Ambient) =>
        async ({ atMs }: { atMs: number }): Promise<ScheduleOutcome> => ({ kind: 'done', did: now() > 0 ? atMs : 0 }),
    )
    const handler = onAws('schedule', create)
    expect(create).not.toHaveBeenCalled()
    expect(await handler({ atMs: 1 }, context)).toEqual({ kind: 'done', did: 1 })
    expect(await handler({ time: '1970-01-01T00:00:00.002Z' }, context)).toEqual({ kind: 'done', did: 2 })
    expect(create).toHaveBeenCalledOnce()
  })

  test('throws what the function throws, so that Lambda tries again', async () => {
    vi.stubEnv('FUNCTION', 'watch-offline')
    const handler = onAws('schedule', () => async () => {
      throw new Error('the store is away')
    })
    await expect(handler({ atMs: 1 }, context)).rejects.toThrow('the store is away')
  })

  test.each([
    ['TABLES', '{"no-such-table":"t"}'],
    ['TABLES', 'not JSON'],
    ['QUEUES', '{"settle-village":"not a URL"}'],
    ['READING_STORE', '{"kind":"clay-tablets"}'],
  ])('refuses an environment that was not deployed for it: %s = %s', async (name, value) => {
    vi.stubEnv('FUNCTION', 'watch-offline')
    vi.stubEnv(name, value)
    const handler = onAws('schedule', () => async () => ({ kind: 'done', did: 0 }))
    await expect(handler({ atMs: 1 }, context)).rejects.toThrow()
  })

  test('brings nothing of AWS along where it is only imported', () => {
    const source = readFileSync('functions/edge/aws.ts', 'utf8')
    const imports = source.split('\n').filter((line) => /^(import|export) .*from /.test(line))
    expect(imports.filter((line) => !line.startsWith('import type '))).toEqual([])
  })
})
