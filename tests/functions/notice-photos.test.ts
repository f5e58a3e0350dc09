import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PHOTO_BYTES_MAX } from '../../domain/photo.ts'
import { create } from '../../functions/api-papers.ts'
import type { NoticePhotosView, NoticePhotoView, PhotoView } from '../../functions/api-types-closings.ts'
import { NOW_MS, OTHER_VILLAGE, tokenOf, villageCode } from '../a-county.ts'
import { aJpeg, aPng, aWebp, pngChunk, segment } from '../photos.ts'
import { COUNTY } from '../registry.ts'
import { type ApiWorld, openApiWorld } from './api-world.ts'

const VILLAGE = villageCode(1)
const WHO = {
  accountant: { userName: 'an-accountant', role: 'village_accountant', regionCode: VILLAGE },
  officer: { userName: 'an-officer', role: 'county_officer', regionCode: COUNTY },
  operator: { userName: 'an-operator', role: 'operator', regionCode: COUNTY },
} as const

let world: ApiWorld
beforeEach(async () => {
  world = await openApiWorld(2)
})
afterEach(async () => {
  expect(world.errors).toEqual([])
  await world.close()
})

const call = async (who: keyof typeof WHO, below: string, body?: object, village = VILLAGE) => {
  const headers = { authorization: `Bearer ${await tokenOf(world.tables, WHO[who])}`, 'content-type': 'application/json' }
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  const response = await create(world.deps)(new Request(`http://localhost/api/papers/villages/${village}/${below}`, init))
  return { status: response.status, body: (await response.json()) as object }
}
const keep = (bytes: Uint8Array, who: keyof typeof WHO = 'accountant') =>
  call(who, 'photos', { month: '2026-10', photo: Buffer.from(bytes).toString('base64') })
const listed = async (month = '2026-10') => (await call('officer', `photos?month=${month}`)).body as NoticePhotosView

describe('a photo of the posted notice', () => {
  test('is kept with the month, with who and when, and shown to whoever sees the village', async () => {
    const { status, body } = await keep(aJpeg([segment(0xe1, 'Exif\0\0SECRET')]))
    expect(status).toBe(201)
    expect(await listed()).toMatchObject({ photos: [{ type: 'image/jpeg', takenBy: 'an-accountant', takenAtMs: NOW_MS }] })
    expect((await listed('2026-09')).photos).toEqual([])
    const { photoId } = body as NoticePhotoView
    const { base64 } = (await call('officer', `photos/${photoId}?month=2026-10`)).body as PhotoView
    expect(Buffer.from(base64, 'base64').equals(aJpeg())).toBe(true)
  })

  test('is kept once, whatever a camera wrote beside it', async () => {
    await keep(aPng())
    expect(await keep(aPng([pngChunk('tEXt', 'Author\0somebody')]), 'officer')).toMatchObject({
      status: 200,
      body: { takenBy: 'an-accountant' },
    })
    expect((await listed()).photos).toHaveLength(1)
  })

  test('is one of four at most', async () => {
    for (const bytes of [aPng(), aJpeg(), aWebp(), aJpeg([segment(0xdb, 'other')])]) expect((await keep(bytes)).status).toBe(201)
    expect((await keep(aJpeg([segment(0xdb, 'a fifth')]))).status).toBe(409)
    expect((await keep(aPng())).status).toBe(200)
  })

  test('that is none, or too large, is refused', async () => {
    expect((await keep(Buffer.from('%PDF-1.7 not a photo'))).status).toBe(400)
    const large = Array.from({ length: 5 }, () => segment(0xdb, 'x'.repeat(60_000)))
    expect(aJpeg(large).length).toBeGreaterThan(PHOTO_BYTES_MAX)
    expect((await keep(aJpeg(large))).status).toBe(413)
    expect((await call('accountant', 'photos', { month: '2026-10', photo: '?' })).status).toBe(400)
  })

  test('is nobody else’s', async () => {
    expect((await keep(aPng(), 'operator')).status).toBe(403)
    expect((await call('accountant', 'photos?month=2026-10', undefined, OTHER_VILLAGE)).status).toBe(404)
    expect((await call('officer', 'photos/none?month=2026-10')).status).toBe(404)
  })
})
