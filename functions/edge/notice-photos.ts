import { createHash } from 'node:crypto'
import * as z from 'zod'

import type { ChinaMonth } from '../../domain/calendar.ts'
import { PHOTO_BYTES_MAX, photoOf } from '../../domain/photo.ts'
import { beginningWith } from '../../stores/months.ts'
import type { NoticePhoto } from '../../stores/rows.ts'
import { allRows } from '../../stores/table.ts'
import type { TableOf } from '../../stores/tables.ts'
import type { NoticePhotosView, NoticePhotoView, PhotoView } from '../api-types-closings.ts'
import type { Ambient } from '../entry.ts'
import { type ApiContext, notFound, parseBody, parseQuery, problem } from './http.ts'
import { monthParam, type OpenRegion } from './region.ts'

/** Photos of the notice as it hung out, kept with the village's papers of the month: without what a camera writes beside a picture. */

type PhotoDeps = Ambient & { noticePhotos: TableOf<'noticePhotos'> }
type Opening = (context: ApiContext) => Promise<OpenRegion | Response>

const PHOTOS_PER_MONTH_MAX = 4
/** What is sent may be larger by what is taken off. */
const SENT_BYTES_MAX = 2 * PHOTO_BYTES_MAX
export const PHOTO_BODY_BYTES_MAX = Math.ceil(SENT_BYTES_MAX / 3) * 4 + 1_000
const query = z.strictObject({ month: monthParam })
const body = z.strictObject({
  month: monthParam,
  photo: z
    .base64()
    .min(4)
    .max(Math.ceil(SENT_BYTES_MAX / 3) * 4),
})

const photosOf = (deps: PhotoDeps, villageCode: string, month: ChinaMonth): Promise<NoticePhoto[]> =>
  allRows((cursor) => deps.noticePhotos.query({ partition: villageCode, ...beginningWith(`${month}#`), cursor }))

const shown = ({ photoId, type, takenBy, takenAtMs }: NoticePhoto): NoticePhotoView => ({ photoId, type, takenBy, takenAtMs })

export const listPhotos = (deps: PhotoDeps, open: Opening) => async (context: ApiContext) => {
  const asked = parseQuery(context, query)
  if (asked instanceof Response) return asked
  const opened = await open(context)
  if (opened instanceof Response) return opened
  const photos = await photosOf(deps, opened.region.code, asked.month)
  const inOrder = photos.toSorted((a, b) => a.takenAtMs - b.takenAtMs)
  return context.json({ asOfMs: deps.now(), photos: inOrder.map(shown) } satisfies NoticePhotosView)
}

/** One picture with its bytes, as a page shows it. */
export const onePhoto = (deps: PhotoDeps, open: Opening) => async (context: ApiContext) => {
  const asked = parseQuery(context, query)
  if (asked instanceof Response) return asked
  const opened = await open(context)
  if (opened instanceof Response) return opened
  const of = { villageCode: opened.region.code, month: asked.month, photoId: context.req.param('photo') ?? '' }
  const found = await deps.noticePhotos.get(of)
  return found ? context.json({ ...shown(found.row), base64: found.row.base64 } satisfies PhotoView) : notFound(context)
}

/** The same picture again is the one there is. */
export const keepPhoto = (deps: PhotoDeps, open: Opening) => async (context: ApiContext) => {
  const sent = await parseBody(context, body)
  if (sent instanceof Response) return sent
  const opened = await open(context)
  if (opened instanceof Response) return opened
  const photo = photoOf(Buffer.from(sent.photo, 'base64'))
  if (!photo) return problem(context, 'bad_request', 'photo: a whole JPEG, PNG or WebP of one picture.')
  if (photo.bytes.byteLength > PHOTO_BYTES_MAX)
    return problem(context, 'too_large', `photo: at most ${PHOTO_BYTES_MAX} bytes; make the picture smaller.`)
  const { region, countyCode } = opened
  const row: NoticePhoto = {
    villageCode: region.code,
    countyCode,
    month: sent.month,
    photoId: createHash('sha256').update(photo.bytes).digest('hex').slice(0, 32),
    type: photo.type,
    base64: Buffer.from(photo.bytes).toString('base64'),
    takenBy: context.get('principal').userName,
    takenAtMs: deps.now(),
  }
  const there = await photosOf(deps, region.code, sent.month)
  const same = there.find(({ photoId }) => photoId === row.photoId)
  if (same) return context.json(shown(same))
  if (there.length >= PHOTOS_PER_MONTH_MAX)
    return problem(context, 'conflict', `A month keeps ${PHOTOS_PER_MONTH_MAX} photos of its notice.`)
  await deps.noticePhotos.put(row, 'absent')
  deps.log.info({ villageCode: region.code, month: sent.month, photoId: row.photoId }, 'a photo of the notice was kept')
  return context.json(shown(row), 201)
}
