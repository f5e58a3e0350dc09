/** The words around photos of notices, in Chinese; loaded with their page. */
export const zhPhotos = {
  title: '张贴照片',
  hint: '公示张贴后拍照存档，一个月最多 4 张；照片会缩小，并去掉拍摄地点等信息。',
  add: '添加照片',
  kept: (by: string, at: string) => `${by} ${at} 存档`,
  none: '这个月还没有张贴照片。',
  failed: '照片没有存上：请换一张 JPEG、PNG 或 WebP 照片再试。',
  open: '打开照片',
  alt: (month: string) => `${month}公示的张贴照片`,
}
export type PhotosMessages = typeof zhPhotos
