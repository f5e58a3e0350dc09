import { inflateSync } from 'node:zlib'

/** Reads a PDF of ours back as text, in the order of drawing, and names its fonts. */

const OBJECT = /(\d+) 0 obj\s([\s\S]*?)endobj/g

type Objects = Map<string, { dictionary: string; data: string }>

const objectsOf = (file: Buffer): Objects => {
  const objects: Objects = new Map()
  for (const [, id = '', body = ''] of file.toString('latin1').matchAll(OBJECT)) {
    const start = /\bstream\r?\n/.exec(body)
    const dictionary = start ? body.slice(0, start.index) : body
    const raw = Buffer.from(start ? body.slice(start.index + start[0].length) : '', 'latin1')
    const bytes = raw.subarray(0, Number(/\/Length (\d+)/.exec(dictionary)?.[1] ?? 0))
    const data = dictionary.includes('/FlateDecode') ? inflateSync(bytes) : bytes
    objects.set(id, { dictionary, data: data.toString('latin1') })
  }
  return objects
}

const charsOf = (hex: string): string =>
  (hex.match(/.{4}/g) ?? []).map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join('')

/** What each glyph of a font stands for, by its number in hex. */
const unicodeOf = (cmap: string): Map<string, string> => {
  const map = new Map<string, string>()
  for (const [, from = '', , targets = ''] of cmap.matchAll(/<([0-9a-f]{4})> <([0-9a-f]{4})> \[([^\]]*)\]/gi)) {
    for (const [at, [, hex = '']] of [...targets.matchAll(/<([0-9a-f ]*)>/gi)].entries()) {
      map.set((Number.parseInt(from, 16) + at).toString(16).padStart(4, '0'), charsOf(hex.replaceAll(' ', '')))
    }
  }
  return map
}

export const textOfPdf = (bytes: Uint8Array): { drawn: string; fonts: string[]; pages: number } => {
  const objects = objectsOf(Buffer.from(bytes))
  const fonts = new Map<string, Map<string, string>>()
  for (const { dictionary } of objects.values()) {
    for (const [, name = '', id = ''] of dictionary.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const cmapId = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id)?.dictionary ?? '')?.[1] ?? ''
      fonts.set(name, unicodeOf(objects.get(cmapId)?.data ?? ''))
    }
  }
  const drawn: string[] = []
  for (const { data } of objects.values()) {
    let font = new Map<string, string>()
    for (const [operation, name, shown] of data.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (name !== undefined) font = fonts.get(name) ?? new Map()
      else if (operation.endsWith('TJ')) {
        const glyphs = [...(shown ?? '').matchAll(/<([0-9a-f]+)>/gi)].flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? [])
        drawn.push(glyphs.map((glyph) => font.get(glyph.toLowerCase()) ?? '\uFFFD').join(''))
      }
    }
  }
  const dictionaries = [...objects.values()].map(({ dictionary }) => dictionary)
  return {
    drawn: drawn.join(''),
    fonts: dictionaries.flatMap((of) => /\/BaseFont \/([\w+-]+)/.exec(of)?.[1] ?? []),
    pages: dictionaries.filter((of) => /\/Type \/Page\b/.test(of)).length,
  }
}
