import type { PhotosMessages } from './zh-photos.ts'

/** The words around photos of notices, in English. */
export const enPhotos: PhotosMessages = {
  title: 'Photos of the posted notice',
  hint: 'Kept once the notice hangs, at most 4 a month; a photo is made smaller, and where it was taken is left out.',
  add: 'Add a photo',
  kept: (by: string, at: string) => `kept by ${by}, ${at}`,
  none: 'No photo of this month’s notice yet.',
  failed: 'The photo was not kept: try another one, JPEG, PNG or WebP.',
  open: 'Open the photo',
  alt: (month: string) => `The notice of ${month} as it was posted`,
}
