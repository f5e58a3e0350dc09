import { useState } from 'preact/hooks'

import type { NoticePhotosView, NoticePhotoView, PhotoView } from '../../functions/api-types-closings.ts'
import { fullMoment, monthName } from '../format.ts'
import { language } from '../language.ts'
import { useLive } from '../live.ts'
import { enPhotos } from '../messages/en-photos.ts'
import { type PhotosMessages, zhPhotos } from '../messages/zh-photos.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { Complaint } from '../parts/form-parts.tsx'
import { send } from '../send.ts'

/** Photos of the notice as it hung out: made small here, so that a phone's picture fits, and kept with the month's papers. */

const photoWords = (): PhotosMessages => (language.value === 'zh' ? zhPhotos : enPhotos)

const SIDE_MAX_PX = 1_600
const BASE64_MAX = 350_000
const QUALITIES = [0.85, 0.7, 0.5, 0.3]

/** The picture as a JPEG small enough to be kept, upright; undefined when it is none, or stays too large. */
const smaller = async (file: File): Promise<string | undefined> => {
  const picture = await createImageBitmap(file).catch(() => undefined)
  if (!picture) return undefined
  const scale = Math.min(1, SIDE_MAX_PX / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const made = QUALITIES.map((quality) => canvas.toDataURL('image/jpeg', quality).split(',')[1] ?? '')
  return made.find((base64) => base64.length > 0 && base64.length <= BASE64_MAX)
}

const Photo = ({ path, month, photo }: { path: string; month: string; photo: NoticePhotoView }) => {
  const text = photoWords()
  const live = useLive<PhotoView>(`${path}/${photo.photoId}?month=${month}`)
  const source = live.view && `data:${live.view.type};base64,${live.view.base64}`
  return (
    <figure>
      {source !== undefined && <img src={source} alt={text.alt(monthName(month))} style={{ maxWidth: '100%' }} />}
      <figcaption>
        <bdi>{text.kept(photo.takenBy, fullMoment(photo.takenAtMs))}</bdi>{' '}
        {source !== undefined && (
          <a href={source} download={`${month}-${photo.photoId.slice(0, 8)}.${photo.type.split('/')[1]}`}>
            {text.open}
          </a>
        )}
      </figcaption>
    </figure>
  )
}

export const NoticePhotos = ({ code, month }: { code: string; month: string }) => {
  const text = photoWords()
  const path = `/api/papers/villages/${encodeURIComponent(code)}/photos`
  const live = useLive<NoticePhotosView>(`${path}?month=${month}`)
  const [complaint, setComplaint] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const add = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0]
    if (!file) return
    setBusy(true)
    const photo = await smaller(file)
    input.value = ''
    const sent = photo === undefined ? undefined : await send<NoticePhotoView>(path, { month, photo })
    setBusy(false)
    setComplaint(sent && 'view' in sent ? undefined : text.failed)
    live.retry()
  }
  return (
    <section class="card screen-only">
      <h2>{text.title}</h2>
      <p class="note">{text.hint}</p>
      <Complaint>{complaint}</Complaint>
      <label class="file">
        {text.add}
        <input
          type="file"
          name="noticePhoto"
          accept="image/jpeg,image/png,image/webp"
          disabled={busy}
          onChange={(event) => void add(event.currentTarget)}
        />
      </label>
      <Answer live={live} lines={2}>
        {({ photos }) =>
          photos.length === 0 ? (
            <Empty>{text.none}</Empty>
          ) : (
            <>
              {photos.map((photo) => (
                <Photo key={photo.photoId} path={path} month={month} photo={photo} />
              ))}
            </>
          )
        }
      </Answer>
    </section>
  )
}
