import { setImmediate as aTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openJobs } from '../../local/jobs.ts'

const aJob = () => {
  const ended = Promise.withResolvers<object>()
  let tell: (done: number, of: number, note: string) => void = () => undefined
  const jobs = openJobs({
    work: async (ask, onProgress) => {
      tell = onProgress
      return { asked: ask, ...(await ended.promise) }
    },
  })
  return { jobs, ended, tell: (done: number) => tell(done, 9, 'working') }
}

test('a job is followed from its start to its result', async () => {
  const { jobs, ended, tell } = aJob()
  expect(jobs.state()).toBeUndefined()
  expect(jobs.start('work', 7)).toBe('started')
  tell(3)
  expect(jobs.state()).toEqual({ name: 'work', done: 3, of: 9, note: 'working' })
  ended.resolve({ good: true })
  await aTurn()
  expect(jobs.state()).toMatchObject({ result: { asked: 7, good: true } })
})

test('only one runs at a time, and the next when it has ended, well or not', async () => {
  const { jobs, ended } = aJob()
  jobs.start('work', 1)
  expect(jobs.start('work', 2)).toBe('busy')
  ended.reject(new Error('the disk is full'))
  await aTurn()
  expect(jobs.state()?.error).toBe('the disk is full')
  expect(jobs.start('work', 3)).toBe('started')
  expect(jobs.state()).not.toHaveProperty('error')
})

test.each(['other', 'toString', '__proto__'])('there is no job %s', (name) => {
  expect(aJob().jobs.start(name, {})).toBe('unknown')
})
