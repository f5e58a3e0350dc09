import { Duration, type Stack } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { CONTENT_SECURITY_POLICY, OTHER_HEADERS, PAGE_OF_PATH } from './page-headers.ts'
import type { Settings } from './settings.ts'
import { type Behind, ERRORS_NOT_KEPT } from './web-behind.ts'

/** CloudFront as it is outside China. */

const HTTPS_REMEMBERED = Duration.days(365)

export const serveEverywhere = (stack: Stack, { bucket, apiHost }: Behind, { domain, certificate }: Settings) => {
  const pageOfPath = new EdgeFunction(stack, 'web-page-of-path', {
    code: FunctionCode.fromInline(PAGE_OF_PATH),
    runtime: FunctionRuntime.JS_2_0,
  })
  const distribution = new Distribution(stack, 'web', {
    comment: 'Yangguang: dashboard and API',
    ...(domain !== undefined &&
      certificate !== undefined && {
        domainNames: [domain],
        certificate: Certificate.fromCertificateArn(stack, 'web-certificate', certificate),
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    httpVersion: HttpVersion.HTTP2_AND_3,
    // With Asia in it.
    priceClass: PriceClass.PRICE_CLASS_200,
    errorResponses: ERRORS_NOT_KEPT.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    defaultBehavior: {
      origin: S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy: headersOf(stack, 'web-page-headers', {}),
      functionAssociations: [{ function: pageOfPath, eventType: FunctionEventType.VIEWER_REQUEST }],
    },
    additionalBehaviors: {
      '/api/*': {
        origin: new HttpOrigin(apiHost),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy: headersOf(stack, 'web-api-headers', { 'cache-control': 'no-store' }),
      },
    },
  })
  return { distributionId: distribution.distributionId, ownDomain: distribution.distributionDomainName }
}

/** `fallback` holds where the answer says nothing of its own. */
const headersOf = (stack: Stack, id: string, fallback: Record<string, string>) => {
  const headers = (of: Record<string, string>, override: boolean) =>
    Object.entries(of).map(([header, value]) => ({ header, value, override }))
  return new ResponseHeadersPolicy(stack, id, {
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      strictTransportSecurity: { accessControlMaxAge: HTTPS_REMEMBERED, includeSubdomains: true, override: true },
      // The old filter of browsers did harm; a policy of content took its place.
      xssProtection: { protection: false, override: true },
    },
    customHeadersBehavior: { customHeaders: [...headers(OTHER_HEADERS, true), ...headers(fallback, false)] },
  })
}
