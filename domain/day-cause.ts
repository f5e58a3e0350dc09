/** Why a day's figure is computed anew, so that whoever looks a figure up finds what changed it and when. */

export const DAY_CAUSES = [
  /** The day's first final figure: the day had ended. */
  'day_over',
  /** Readings of the day itself, while it ran or within the hour after it. */
  'readings',
  /** Readings that arrived when the day had long been over. */
  'late_readings',
  /** What another day's computation found out about this one, a gap across midnight perhaps. */
  'neighbour_day',
  'reset_recorded',
  'reset_withdrawn',
  /** The registry says something else than before about the station or a device. */
  'registry',
  /** Somebody had the day computed anew. */
  'backfill',
  /** The day came from another system. */
  'moved',
  /** Computed again without anything that asked for it: the work was delivered twice, say. */
  'recomputed',
] as const
export type DayCauseCode = (typeof DAY_CAUSES)[number]

export type DayCause = {
  code: DayCauseCode
  /** When it was first known, epoch ms. */
  atMs: number
  /** What it is about: a device, a day (for late readings the day they are of, if it is another), the fields of a registry row. */
  about?: string
  /** User name of the person who did it. */
  by?: string
}

/** More than a person reads; a row cannot grow without bound. */
export const CAUSES_MAX = 8

const kindOf = ({ code, about, by }: DayCause): string => JSON.stringify([code, about, by])

/** Causes that have come together since the day was last computed: each kind once, as first known, the earliest CAUSES_MAX. */
export const mergeCauses = (known: readonly DayCause[], more: readonly DayCause[]): DayCause[] => {
  const merged = new Map<string, DayCause>()
  for (const cause of [...known, ...more]) if (!merged.has(kindOf(cause))) merged.set(kindOf(cause), cause)
  return [...merged.values()].slice(0, CAUSES_MAX)
}

/** A mark as the computation found it; without causes it stands for readings that arrived in time. */
type Mark = { markedAtMs: number; settledAtMs?: number; causes?: DayCause[] }

/** What a row keeps of why it was written: nothing of the most ordinary, that the day was over. */
type Written = { version: number; computedAtMs: number; causes?: DayCause[] }

/** Why a final version is written, beyond the day being over if it is the first: because of the mark that was pending. */
export const causesOfVersion = (isFirst: boolean, mark: Mark | undefined, atMs: number): DayCause[] => {
  const pending = mark !== undefined && mark.settledAtMs === undefined ? mark : undefined
  if (isFirst) return pending?.causes ?? []
  if (pending) return pending.causes ?? [{ code: 'readings', atMs: pending.markedAtMs }]
  return [{ code: 'recomputed', atMs }]
}

/** Why a version was written, told in full. None is known of a later version from before causes were kept. */
export const toldCauses = ({ version, computedAtMs, causes = [] }: Written): DayCause[] =>
  version === 1 ? [{ code: 'day_over', atMs: computedAtMs }, ...causes] : causes

/** Whether data that came late made this version: the day's first figure stands on what was there in time. */
export const isBackfilled = ({ version, causes }: { version: number; causes?: readonly DayCause[] }): boolean =>
  version > 1 && (causes ?? []).some(({ code }) => code === 'late_readings')
