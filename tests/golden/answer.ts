import { text } from 'node:stream/consumers'
import { parseQuestion } from './format.ts'
import { ourAnswer } from './our-answer.ts'

/** Answers one golden case, JSON from standard input to standard output: what any implementation under test does (README.md). */
process.stdout.write(`${JSON.stringify(ourAnswer(parseQuestion(await text(process.stdin))))}\n`)
