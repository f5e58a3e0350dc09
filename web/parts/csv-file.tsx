import { Complaint } from './form-parts.tsx'

type Labels = { template: string; templateName: string; file: string; checking: string }
type Shown = {
  text: Labels
  hint: string
  /** Address of the empty file to begin with. */
  template: string
  name: string
  busy: boolean
  complaint: string | undefined
  onChosen: (content: string) => Promise<void>
}

/** Asks for a CSV file, hands over what is in it, and says what came of it. */
export const CsvFile = ({ text, hint, template, name, busy, complaint, onChosen }: Shown) => {
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const content = await input.files?.[0]?.text()
    // The same file may be chosen again once it is mended.
    input.value = ''
    if (content !== undefined) await onChosen(content)
  }
  return (
    <>
      <p class="note">
        {hint}{' '}
        <a href={template} download={text.templateName}>
          {text.template}
        </a>
      </p>
      <label class="file">
        {text.file}
        <input
          type="file"
          name={name}
          accept=".csv,text/csv"
          disabled={busy}
          onChange={(event) => void choose(event.currentTarget)}
        />
      </label>
      {busy && <p role="status">{text.checking}</p>}
      <Complaint>{complaint}</Complaint>
    </>
  )
}
