import type { PaperCell, PaperRow, PaperSection, PaperView } from '../../functions/api-types.ts'
import { decimal, kwh, price, yuan } from '../format.ts'
import { words } from '../language.ts'

/** A paper on the screen as it will be printed: the same figures, in the language of papers. */

const hundredths = (value: number): string => decimal(value / 100, 2)

const textOf = (cell: PaperCell | undefined): string => {
  const unknown = words.value.papers.unknown
  switch (cell?.kind) {
    case 'text':
    case 'code':
      return cell.text
    case 'day':
      return cell.day
    case 'money':
      return cell.fen === null ? unknown : yuan(cell.fen)
    case 'energy':
      return cell.wh === null ? unknown : kwh(cell.wh, 3)
    case 'power':
      return cell.w === null ? unknown : kwh(cell.w, 3)
    case 'price':
      return cell.e4 === null ? unknown : price(cell.e4)
    case 'percent':
      return cell.bp === null ? unknown : hundredths(cell.bp)
    case 'hours':
      return cell.hundredths === null ? unknown : hundredths(cell.hundredths)
    case 'count':
      return cell.count === null ? unknown : decimal(cell.count, 0)
    default:
      return ''
  }
}

const TEXTS = ['text', 'code', 'none', 'day']

const alignOf = (cell: PaperCell | undefined, align: PaperSection['columns'][number]['align']): string =>
  `to-${align ?? (TEXTS.includes(cell?.kind ?? 'none') ? 'left' : 'right')}`

const SheetRow = ({ row, columns }: { row: PaperRow; columns: PaperSection['columns'] }) => {
  if (row.role === 'group') {
    return (
      <tr class="paper-sum">
        <th scope="rowgroup" colSpan={columns.length}>
          {textOf(row.cells[0])}
        </th>
      </tr>
    )
  }
  const isSum = row.role !== 'line' && row.role !== 'figure'
  return (
    <tr {...(isSum && { class: 'paper-sum' })}>
      {columns.map(({ align }, at) => {
        const cell = row.cells[at]
        return (
          <td key={at} class={alignOf(cell, isSum && at === 0 ? 'left' : align)}>
            {textOf(cell)}
          </td>
        )
      })}
    </tr>
  )
}

const SheetTable = ({ section, named }: { section: PaperSection; named: boolean }) => (
  <section class="paper-section">
    {named && <h2>{section.name}</h2>}
    {section.above !== undefined && <p class="paper-above">{section.above}</p>}
    <div class="wide paper-wide" tabIndex={0} role="group" aria-label={section.name}>
      <table class="paper-table">
        <caption class="visually-hidden">{section.name}</caption>
        <thead>
          <tr>
            {section.columns.map(({ title }) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {section.rows.map((row, at) => (
            <SheetRow key={at} row={row} columns={section.columns} />
          ))}
          {section.rows.length === 0 && (
            <tr>
              <td colSpan={section.columns.length}>{section.empty}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
    {section.signatures !== undefined && <Signatures who={section.signatures} />}
  </section>
)

const Signatures = ({ who }: { who: readonly string[] }) => (
  <ul class="paper-signatures">
    {who.map((word) => (
      <li key={word}>{word}：</li>
    ))}
  </ul>
)

const QUIET_ZONE = 4

const QrCode = ({ qr }: { qr: NonNullable<PaperView['qr']> }) => {
  const size = qr.modules.length + 2 * QUIET_ZONE
  const dark = qr.modules.flatMap((row, y) =>
    Array.from(row).flatMap((module, x) => (module === '1' ? [`M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z`] : [])),
  )
  return (
    <figure class="paper-qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={qr.text}>
        <rect width={size} height={size} fill="#fff" />
        <path d={dark.join('')} />
      </svg>
      <figcaption>{qr.caption}</figcaption>
    </figure>
  )
}

export const PaperSheet = ({ paper }: { paper: PaperView }) => {
  const text = words.value.papers
  const signedBelow = paper.sections.every(({ signatures }) => signatures !== undefined)
  return (
    <article class={`paper paper-${paper.orientation}`} lang="zh-CN">
      <h1>
        {paper.title}
        {paper.provisional && `（${text.provisional}）`}
      </h1>
      <p class="paper-subtitle">{paper.subtitle}</p>
      {paper.provisional && <p class="paper-provisional">{text.provisionalMeans}</p>}
      {paper.intro.map((paragraph) => (
        <p class="paper-intro" key={paragraph}>
          {paragraph}
        </p>
      ))}
      {paper.sections.map((section) => (
        <SheetTable key={section.name} section={section} named={paper.sections.length > 1} />
      ))}
      {paper.notes.map((note) => (
        <p class={paper.intro.length > 0 ? 'paper-note paper-note-large' : 'paper-note'} key={note}>
          {note}
        </p>
      ))}
      <div class="paper-end">
        {paper.qr && <QrCode qr={paper.qr} />}
        <div class="paper-closing">
          {paper.closing.map((closing) => (
            <p key={closing}>{closing}</p>
          ))}
        </div>
      </div>
      {paper.signatures.length > 0 && !signedBelow && <Signatures who={paper.signatures} />}
    </article>
  )
}
