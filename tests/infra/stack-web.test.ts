import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import * as z from 'zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONTENT_SECURITY_POLICY, PAGE_OF_PATH } from '../../infra/page-headers.ts'
import { createApp } from '../../local/http.ts'
import { readWebFiles, type WebFiles } from '../../local/web-files.ts'
import type { Synthesised } from './synthesised.ts'
import { stackOf } from './variants.ts'

/** The dashboard as CloudFront serves it, against how one machine serves it. */

const CHINA = { partition: 'aws-cn', domain: 'sun.example.cn', certificate: 'ASCAEXAMPLE1234567890' }

let everywhere: Synthesised
let china: Synthesised
let folder: string
let files: WebFiles
beforeAll(() => {
  everywhere = stackOf({ partition: 'aws' })
  china = stackOf(CHINA)
  folder = mkdtempSync(join(tmpdir(), 'pages-'))
  for (const name of ['index.html', 'sun.svg']) writeFileSync(join(folder, name), name)
  files = readWebFiles(folder)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

const distributionOf = (stack: Synthesised) => {
  const [[, only] = []] = stack.ofType('AWS::CloudFront::Distribution')
  return z.looseObject({}).parse(only?.Properties['DistributionConfig'])
}
const ErrorResponse = z.strictObject({
  ErrorCode: z.number(),
  ErrorCachingMinTTL: z.number(),
  ResponseCode: z.number().optional(),
  ResponsePagePath: z.string().optional(),
})
const errorsOf = (stack: Synthesised) => z.array(ErrorResponse).parse(distributionOf(stack)['CustomErrorResponses'])
const Policy = z.object({
  ResponseHeadersPolicyConfig: z.object({
    SecurityHeadersConfig: z.object({
      ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string() }),
      FrameOptions: z.object({ FrameOption: z.string() }),
      ReferrerPolicy: z.object({ ReferrerPolicy: z.string() }),
      XSSProtection: z.object({ Protection: z.literal(false) }),
      ContentTypeOptions: z.object({ Override: z.literal(true) }),
      StrictTransportSecurity: z.object({ AccessControlMaxAgeSec: z.number() }),
    }),
    CustomHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string(), Value: z.string(), Override: z.boolean() })) }),
  }),
})

test.each(['everywhere', 'china'])('no refusal and no error is kept for the next caller, %s', (where) => {
  const errors = errorsOf(where === 'china' ? china : everywhere)
  // All that CloudFront keeps for ten seconds unless told otherwise, `no-store` or not; others it never keeps.
  expect(errors.map(({ ErrorCode }) => ErrorCode)).toEqual([400, 403, 404, 405, 414, 500, 501, 502, 503, 504])
  expect(new Set(errors.map(({ ErrorCachingMinTTL }) => ErrorCachingMinTTL))).toEqual(new Set([0]))
})

describe('the dashboard outside China', () => {
  test.each(['web-page-headers', 'web-api-headers'])('tells browsers in %s what one machine tells them', async (name) => {
    const { ResponseHeadersPolicyConfig: policy } = Policy.parse(
      everywhere.propertiesOf('AWS::CloudFront::ResponseHeadersPolicy', name),
    )
    const { SecurityHeadersConfig: own, CustomHeadersConfig: other } = policy
    const sent: Record<string, string> = {
      'content-security-policy': own.ContentSecurityPolicy.ContentSecurityPolicy,
      'x-frame-options': own.FrameOptions.FrameOption,
      'referrer-policy': own.ReferrerPolicy.ReferrerPolicy,
      'x-content-type-options': 'nosniff',
      'x-xss-protection': '0',
      ...Object.fromEntries(other.Items.filter(({ Override }) => Override).map(({ Header, Value }) => [Header, Value])),
    }
    expect(sent).toEqual(await localHeaders())
    expect(own.StrictTransportSecurity.AccessControlMaxAgeSec).toBe(365 * 24 * 3_600)
  })

  test.each([
    '/',
    '/stations',
    '/stations/ZL1',
    '/villages/341623105220/',
    '/sun.svg',
    '/no.svg',
    '/index.html',
    '/a.b/c',
    '/.env',
  ])('answers %s as one machine does', (path) => {
    const request = runInNewContext(`${PAGE_OF_PATH}; handler({ request: { uri: path } })`, { path }) as { uri: string }
    expect(files.find(request.uri)?.bytes).toEqual(files.find(path)?.bytes)
  })

  test('passes answers of the API on as they are: no page stands for a refusal', () => {
    for (const error of errorsOf(everywhere)) expect(error).not.toHaveProperty('ResponsePagePath')
  })

  test('keeps its files from everybody but CloudFront, and the API uncached', () => {
    const { DefaultCacheBehavior, CacheBehaviors } = distributionOf(everywhere)
    expect(DefaultCacheBehavior).toMatchObject({ ViewerProtocolPolicy: 'redirect-to-https' })
    expect(CacheBehaviors).toMatchObject([
      // The policy of AWS that caches nothing.
      { PathPattern: '/api/*', ViewerProtocolPolicy: 'https-only', CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
    ])
    expect(everywhere.propertiesOf('AWS::S3::Bucket', 'web-files')).toMatchObject({
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true },
    })
    expect(everywhere.ofType('AWS::CloudFront::OriginAccessControl')).toHaveLength(1)
  })
})

describe('the dashboard in China', () => {
  test('is left out without a domain, for CloudFront serves none of its own there', () => {
    const bare = stackOf({ partition: 'aws-cn' })
    expect(bare.resources.filter(([, { Type }]) => Type.startsWith('AWS::CloudFront'))).toEqual([])
    expect(bare.warnings).toEqual([expect.stringContaining('Give -c domain=')])
    expect(Object.keys(bare.outputs).filter((name) => name.startsWith('Web'))).toEqual([])
  })

  test('uses nothing that CloudFront does not have there', () => {
    const types = china.resources.map(([, { Type }]) => Type).filter((type) => type.startsWith('AWS::CloudFront'))
    expect(types.toSorted()).toEqual(['AWS::CloudFront::CloudFrontOriginAccessIdentity', 'AWS::CloudFront::Distribution'])
    expect(JSON.stringify(distributionOf(china))).not.toMatch(/PolicyId|FunctionAssociations|AcmCertificateArn|http2and3/)
  })

  test('answers under its own name with its own certificate', () => {
    expect(distributionOf(china)).toMatchObject({
      Aliases: ['sun.example.cn'],
      ViewerCertificate: { IamCertificateId: 'ASCAEXAMPLE1234567890', SslSupportMethod: 'sni-only' },
    })
    expect(china.outputs['WebUrl']).toBe('https://sun.example.cn')
  })

  test('gives the page for a path that is no file, under the status the dashboard reads', () => {
    expect(errorsOf(china).filter(({ ResponseCode, ResponsePagePath }) => ResponseCode ?? ResponsePagePath)).toEqual([
      { ErrorCode: 403, ResponseCode: 403, ResponsePagePath: '/index.html', ErrorCachingMinTTL: 0 },
    ])
    // S3 would say 404 to whoever may list, and 404 is what the API says of another village.
    const policies = JSON.stringify(china.ofType('AWS::S3::BucketPolicy').map(([, { Properties }]) => Properties))
    expect(policies).toContain('CanonicalUser')
    expect(policies).not.toContain('s3:List')
  })

  test('passes on what a caller says to the API, and keeps no answer', () => {
    expect(distributionOf(china)['CacheBehaviors']).toMatchObject([
      {
        PathPattern: '/api/*',
        ForwardedValues: { QueryString: true, Headers: ['Accept', 'Authorization'] },
        DefaultTTL: 0,
        MaxTTL: 0,
      },
    ])
  })

  test('is told by the page itself what no header can say there, as far as a page can', () => {
    const [, inPage = ''] =
      /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(readFileSync('web/index.html', 'utf8')) ?? []
    expect(`${inPage}; frame-ancestors 'none'`).toBe(CONTENT_SECURITY_POLICY)
  })
})

/** What one machine says about its page, apart from what every answer has. */
const localHeaders = async (): Promise<Record<string, string>> => {
  const never = () => {
    throw new Error('not asked here')
  }
  const asked = { status: never, deadLetters: never, redrive: never, quiesce: never, session: never, run: never }
  const control = { ...asked, names: [], jobs: { start: never, state: never, names: [] } }
  const log = { info: never, warn: never, error: never }
  const { fetch } = createApp({ functions: [], control, token: 'none', log, web: files })
  const { headers } = await fetch(new Request('http://127.0.0.1/'))
  return Object.fromEntries([...headers].filter(([name]) => !['content-type', 'cache-control'].includes(name)))
}
