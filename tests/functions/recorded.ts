import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** An event as AWS hands it to a Lambda; each call gives a fresh one. */
export const recorded = (name: 'sqs-from-iot-rule' | 'sqs-work' | 'scheduler' | 'http-api') =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'recorded', `${name}.json`), 'utf8'))
