import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { manifest } from '../functions/manifest.ts'

/** The rules of the house that the compiler and the linter do not know. File and function sizes are in .oxlintrc.json. */

type Source = { path: string; text: string; imports: string[] }

const ROOMS = ['domain', 'functions', 'stores', 'infra', 'cloud', 'local', 'devices', 'papers', 'web'] as const
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g

const sourceOf = (path: string): Source => {
  const text = readFileSync(path, 'utf8')
  const imports = [...text.matchAll(IMPORT)].map(([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '')
  return { path, text, imports: imports.map((to) => (to.startsWith('.') ? normalize(join(dirname(path), to)) : to)) }
}

const sources = ROOMS.flatMap((room) => globSync(`${room}/**/*.{ts,tsx}`, { exclude: (name) => name === 'dist' }))
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !path.startsWith('web/dist/'))
  .map(sourceOf)

const isPort = (to: string) => /^stores\/[^/]+\.ts$/.test(to)
const startsWithOneOf = (to: string, ...prefixes: string[]) => prefixes.some((prefix) => to.startsWith(prefix))
const isNode = (to: string) => to.startsWith('node:')
const AWS = ['@aws-sdk/', '@aws-lambda-powertools/', '@smithy/']

/** Who may import whom: the first pattern that matches a file decides. */
const IMPORT_TABLE: readonly [files: RegExp, may: (to: string, from: string) => boolean][] = [
  [/^domain\//, (to) => to === 'zod' || to.startsWith('domain/')],
  [/^stores\/[^/]+\.ts$/, (to) => startsWithOneOf(to, 'domain/', 'zod') || isPort(to) || isNode(to)],
  [
    /^stores\/(dynamodb|timestream|influxdb|s3)\//,
    (to, from) => startsWithOneOf(to, 'domain/', ...AWS, `${dirname(from)}/`) || isPort(to) || isNode(to),
  ],
  [/^stores\//, (to, from) => startsWithOneOf(to, 'domain/', '@duckdb/', `${dirname(from)}/`) || isPort(to) || isNode(to)],
  [
    /^functions\/edge\/aws/,
    (to) => startsWithOneOf(to, 'domain/', 'functions/e', 'stores/', '@middy/', 'hono', 'pino', 'zod', ...AWS) || isNode(to),
  ],
  [
    /^functions\/edge\//,
    (to) =>
      startsWithOneOf(to, 'domain/', 'papers/', 'functions/e', 'functions/api-types', 'hono', 'jose', 'zod') ||
      isPort(to) ||
      isNode(to),
  ],
  [/^functions\/manifest\.ts$/, (to) => to.startsWith('functions/')],
  [
    /^functions\//,
    (to) => startsWithOneOf(to, 'domain/', 'papers/', 'functions/e', 'functions/api-types', 'hono', 'zod') || isPort(to),
  ],
  // `npm run deploy` is the operator at work: it looks at the account before, and at the deployment after, CDK has built it.
  [
    /^infra\/(deploy|preflight)/,
    (to) => startsWithOneOf(to, 'infra/', 'cloud/', 'aws-cdk-lib', 'zod', ...AWS) || isPort(to) || isNode(to),
  ],
  [
    /^infra\//,
    (to) =>
      startsWithOneOf(
        to,
        'domain/',
        'functions/',
        'stores/',
        'infra/',
        'aws-cdk-lib',
        'cdk-nag',
        'constructs',
        'esbuild',
        'zod',
      ) || isNode(to),
  ],
  // What works on a deployment from outside, with the operator's own credentials: ports and their AWS adapters, never the stack.
  [
    /^cloud\//,
    (to) =>
      startsWithOneOf(to, 'domain/', 'functions/e', 'functions/edge/aws', 'cloud/', 'stores/dynamodb/', 'stores/s3/') ||
      startsWithOneOf(to, 'commander', 'zod', ...AWS) ||
      isPort(to) ||
      isNode(to),
  ],
  [/^local\/yangguang\.ts$/, (to) => startsWithOneOf(to, 'local/', 'cloud/commands', 'commander')],
  [
    /^local\//,
    (to) =>
      startsWithOneOf(
        to,
        'domain/',
        'papers/',
        'functions/',
        'stores/sqlite/',
        'stores/duckdb/',
        'stores/folder/',
        'local/',
        'devices/',
      ) ||
      startsWithOneOf(to, 'aedes', 'hono', '@hono/', 'pino', 'commander', 'zod') ||
      isPort(to) ||
      isNode(to),
  ],
  [/^devices\//, (to) => startsWithOneOf(to, 'domain/', 'devices/', 'mqtt', 'zod') || isNode(to)],
  [/^papers\//, (to) => startsWithOneOf(to, 'domain/', 'papers/', 'hucre', 'pdfmake')],
  [/^web\//, (to) => startsWithOneOf(to, 'web/', 'domain/', 'functions/api-types', 'preact', '@preact/', 'uplot', 'vite')],
]

describe('every file', () => {
  test('imports only what its room may import', () => {
    const wrong = sources.flatMap(({ path, imports }) => {
      const rule = IMPORT_TABLE.find(([files]) => files.test(path))
      return imports.filter((to) => !rule?.[1](to, path)).map((to) => `${path} imports ${to}`)
    })
    expect(wrong).toEqual([])
  })

  test('of the pure rooms imports only types from functions where the page needs their shapes', () => {
    const wrong = sources
      .filter(({ path }) => path.startsWith('web/'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/import (?!type)[^\n]*(?:functions|domain)\/[^\n]*/g)].map(([line]) => `${path}: ${line}`),
      )
    expect(wrong).toEqual([])
  })

  test('is imported by another, named in the manifest or an entry point', () => {
    const imported = new Set(sources.flatMap(({ imports }) => imports))
    const mentions = ['package.json', 'cdk.json', 'vite.config.ts', 'web/index.html', ...globSync('tests/**/*.ts')]
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'))
      .concat(sources.map(({ text }) => text))
      .join('\n')
    const dead = sources.filter(
      ({ path }) => !path.endsWith('.d.ts') && !imported.has(path) && !mentions.includes(path.split('/').at(-1) ?? ''),
    )
    expect(dead.map(({ path }) => path)).toEqual([])
  })
})

/** A banned word, where it may stand all the same, and what to write instead. */
const BANNED: readonly [word: RegExp, allowed: RegExp, instead: string][] = [
  [/\bDate\.now\(/, /^(local|devices|web|cloud|infra|functions\/edge\/aws)/, 'deps.now()'],
  [/\bnew Date\(\)/, /^web\//, 'deps.now()'],
  [/\bMath\.random\(/, /^$/, 'a seed, or crypto.getRandomValues'],
  [/\bprocess\.env\b/, /^(local|infra|cloud|functions\/edge\/aws)/, 'an argument'],
  [/\bas any\b|: any\b|<any>/, /^$/, 'parse it'],
  [/\bas unknown as\b/, /^$/, 'parse it'],
  [/import \{[^}]*\bz\b[^}]*\} from 'zod'/, /^$/, "import * as z from 'zod'"],
  [/\b(TODO|FIXME|XXX)\b/, /^$/, 'fix it, or write a decision'],
  [/\bconsole\.(log|error|warn|info)\(/, /^(local\/(yangguang|cli)|cloud\/|infra\/deploy|devices\/simulator-process)/, 'the log'],
  [/0\.0\.0\.0/, /^$/, '127.0.0.1'],
]

describe('no file', () => {
  test.each(BANNED)('uses %s', (word, allowed, instead) => {
    const using = sources.filter(({ path, text }) => word.test(text) && !allowed.test(path)).map(({ path }) => path)
    expect(using, `write ${instead}`).toEqual([])
  })
})

describe('the manifest', () => {
  test('names exactly the function files there are', () => {
    const files = globSync('functions/*.ts').map((path) => path.split(/[\\/]/).at(-1)?.replace('.ts', ''))
    const doors = files.filter((name) => !['manifest', 'entry'].includes(name ?? '') && !name?.startsWith('api-types'))
    expect(new Set(doors)).toEqual(new Set(Object.keys(manifest)))
  })

  test.each(Object.keys(manifest))('%s loads the file of its own name', (name) => {
    expect(readFileSync('functions/manifest.ts', 'utf8')).toMatch(
      new RegExp(`'${name}': entry\\([^]*?load: \\(\\) => import\\('./${name}.ts'\\)`),
    )
  })
})

describe('the project', () => {
  test('has at most 15 runtime dependencies beside the clients of AWS services, each named in a decision', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }
    const decisions = globSync('docs/decisions/*.md')
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n')
    const names = Object.keys(dependencies)
    expect(names.filter((name) => !name.startsWith('@aws-sdk/')).length).toBeLessThanOrEqual(15)
    expect(names.filter((name) => !decisions.includes(`\`${name}\``))).toEqual([])
  })

  test('keeps both READMEs in step: the same headings, the same commands', () => {
    const commandsOf = (path: string) =>
      [...readFileSync(path, 'utf8').matchAll(/^ {4}((?:npm|git|\.\/)\S.*?)(?:\s+#.*)?$/gm)].map(([, command]) => command)
    const headingsOf = (path: string) => [...readFileSync(path, 'utf8').matchAll(/^#+ /gm)].map(([level]) => level)
    expect(commandsOf('README.zh-CN.md')).toEqual(commandsOf('README.md'))
    expect(headingsOf('README.zh-CN.md')).toEqual(headingsOf('README.md'))
    expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(101)
  })
})
