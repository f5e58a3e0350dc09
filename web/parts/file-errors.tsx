import { language } from '../language.ts'

/** What is wrong in a file, cell by cell: nothing of it is written until it is mended. */

type FileError = { line: number; column: string; message: string; messageZh: string }
const inWords = ({ message, messageZh }: FileError): string => (language.value === 'zh' ? messageZh : message)

type Shown<Of extends FileError> = {
  /** Says how many there are. */
  title: string
  errors: readonly Of[]
  at: (line: number, column: string) => string
  /** What to do about it; what the API says unless told. */
  say?: (error: Of) => string
}

export const FileErrors = <Of extends FileError>({ title, errors, at, say = inWords }: Shown<Of>) => (
  <div class="form-error" role="alert">
    <p>{title}</p>
    <ul>
      {errors.map((error) => (
        <li key={`${error.line} ${error.column} ${error.message}`}>
          {at(error.line, error.column)}
          {say(error)}
        </li>
      ))}
    </ul>
  </div>
)
