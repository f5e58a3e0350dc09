import module from 'pdfmake/js/qrEnc.js'
import type { QrCode } from './paper.ts'

/** The modules of a QR code, made by the encoder that comes with pdfmake: one encoder for paper and page. */

const MODULE = 5
/** A CommonJS module that names a default: some loaders hand out its exports, others that default. */
const encoder = 'default' in module ? module.default : module

/** Throws RangeError for a text that is no web address in ASCII of at most 300 characters. */
export const qrCodeOf = (url: string, caption: string): QrCode => {
  if (!/^https?:\/\/[\x21-\x7e]{1,290}$/.test(url)) throw new RangeError('not a web address a QR code can hold')
  const { _canvas: squares, _width: width } = encoder.measure({ qr: url, eccLevel: 'M', mode: 'octet' })
  const size = Math.round(width / MODULE)
  const dark = new Set(squares.slice(1).map(({ x, y }) => `${x / MODULE},${y / MODULE}`))
  const modules = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => (dark.has(`${column},${row}`) ? '1' : '0')).join(''),
  )
  return { text: url, caption, modules }
}
