import type { Assessment } from '../domain/assessment.ts'
import type { CountyDay } from '../domain/county-assessment.ts'
import type { CountyLimits, StaleCountyDay } from './rows.ts'
import { padded, single, spec } from './keys.ts'

/** What was made of station-days, and what is still to be made of them. */

export const assessmentTables = {
  staleCountyDays: spec<StaleCountyDay, 'countyCode' | 'day', 'pending'>(
    'stale-county-days',
    ({ countyCode, day }) => ({ partition: countyCode, sort: day }),
    {
      pending: ({ countyCode, day, settledAtMs }) =>
        settledAtMs === undefined ? { partition: countyCode, sort: day } : undefined,
    },
  ),
  /** The latest word on each station-day; it names the version it stands on. */
  assessments: spec<Assessment, 'stationId' | 'day'>(
    'assessments',
    ({ stationId, day }) => ({ partition: stationId, sort: day }),
    {},
  ),
  countyDays: spec<CountyDay, 'countyCode' | 'day' | 'part'>(
    'county-days',
    ({ countyCode, day, part }) => ({ partition: countyCode, sort: `${day}#${padded(part)}` }),
    {},
  ),
  performanceLimits: spec<CountyLimits, 'countyCode'>('performance-limits', ({ countyCode }) => single(countyCode), {}),
}
