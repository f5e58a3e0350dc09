import { addDays, type ChinaDay, dayOf } from './calendar.ts'

/** When the raw readings of a day go to the archive. */

/** Longer than a counter reaches over a gap, so that a day is hardly ever archived twice; far shorter than any time to live. */
export const ARCHIVE_AFTER_DAYS = 45
/** A day that old and still not archived is a fault somebody must look at. */
const ARCHIVE_LATE_DAYS = 90

/** The last day that is to be archived at an instant. */
export const lastDayToArchive = (atMs: number): ChinaDay => addDays(dayOf(atMs), -1 - ARCHIVE_AFTER_DAYS)

/** Whether a day should have been archived long before an instant. */
export const isArchivedLate = (day: ChinaDay, atMs: number): boolean => day < addDays(dayOf(atMs), -ARCHIVE_LATE_DAYS)
