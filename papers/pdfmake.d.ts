/** What we use of pdfmake, which comes without types. */
declare module 'pdfmake' {
  const pdfmake: {
    virtualfs: { writeFileSync: (name: string, content: Uint8Array) => void }
    setFonts: (fonts: Record<string, { normal: string; bold: string }>) => void
    setUrlAccessPolicy: (allows: (url: string) => boolean) => void
    setLocalAccessPolicy: (allows: (path: string) => boolean) => void
    createPdf: (definition: object) => { getBuffer: () => Promise<Uint8Array> }
  }
  export default pdfmake
}

declare module 'pdfmake/js/qrEnc.js' {
  type Measured = { _canvas: { x: number; y: number }[]; _width: number }
  type Encoder = { measure: (node: { qr: string; eccLevel: string; mode: string }) => Measured }
  const module: Encoder | { default: Encoder }
  export default module
}
