import * as z from 'zod'

import type { StationSort } from '../../domain/station-list.ts'
import type { StationItem, StationsPage } from '../api-types.ts'

/** Pages of a list that is computed whole: the cursor is a place in one list of one region and good for no other. */

const PER_PAGE = 50

const cursorSchema = z.tuple([z.string(), z.string(), z.string(), z.int().min(0).max(1_000_000)])
export type ListAsk = { regionCode: string; q: string; sort: StationSort }

const sealed = ({ regionCode, sort, q }: ListAsk, offset: number): string =>
  Buffer.from(JSON.stringify([regionCode, sort, q, offset])).toString('base64url')

/** The place a cursor stands for, 0 without one; undefined when it is not of this list or was edited into nonsense. */
export const offsetOf = (ask: ListAsk, cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return 0
  const text = Buffer.from(cursor, 'base64url').toString()
  const offset = cursorSchema.safeParse(z.string().transform(jsonOrNull).parse(text)).data?.[3]
  return offset !== undefined && offset % PER_PAGE === 0 && sealed(ask, offset) === cursor ? offset : undefined
}

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** One page of a list from a place on, with the cursors of its neighbours. */
export const pageOf = (
  ask: ListAsk,
  found: readonly StationItem[],
  offset: number,
): Pick<StationsPage, 'total' | 'offset' | 'stations' | 'nextCursor' | 'previousCursor'> => ({
  total: found.length,
  offset,
  stations: found.slice(offset, offset + PER_PAGE),
  nextCursor: offset + PER_PAGE < found.length ? sealed(ask, offset + PER_PAGE) : null,
  previousCursor: offset > 0 ? sealed(ask, Math.max(0, offset - PER_PAGE)) : null,
})
