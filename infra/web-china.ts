import type { Stack } from 'aws-cdk-lib'
import { CfnDistribution, OriginAccessIdentity } from 'aws-cdk-lib/aws-cloudfront'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { type Behind, ERRORS_NOT_KEPT } from './web-behind.ts'

/**
 * CloudFront as it is in China: no certificates of ACM, no cache or header policies (`CachePolicyId can't be set for this region`),
 * no origin access control (CloudFormation does not know the type there), and nothing under its own domain. Whether it has functions
 * at the edge is not documented, so none is used.
 */

type Name = { domain: string; certificate: string }

const PAGES = 'pages'
const API = 'api'
const API_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE']
/** Everything else a caller sends stays behind; cookies are not used. */
const API_HEADERS = ['Accept', 'Authorization']

export const serveInChina = (stack: Stack, { bucket, apiHost }: Behind, { domain, certificate }: Name) => {
  const reader = new OriginAccessIdentity(stack, 'web-reader')
  // Without the right to list, S3 says 403 of a file that is not there.
  bucket.addToResourcePolicy(
    new PolicyStatement({
      actions: ['s3:GetObject'],
      principals: [reader.grantPrincipal],
      resources: [bucket.arnForObjects('*')],
    }),
  )
  const distribution = new CfnDistribution(stack, 'web', {
    distributionConfig: {
      enabled: true,
      comment: 'Yangguang: dashboard and API',
      aliases: [domain],
      viewerCertificate: {
        iamCertificateId: certificate,
        sslSupportMethod: 'sni-only',
        minimumProtocolVersion: 'TLSv1.2_2019',
      },
      httpVersion: 'http2',
      defaultRootObject: 'index.html',
      origins: [
        {
          id: PAGES,
          domainName: bucket.bucketRegionalDomainName,
          s3OriginConfig: { originAccessIdentity: `origin-access-identity/cloudfront/${reader.originAccessIdentityId}` },
        },
        {
          id: API,
          domainName: apiHost,
          customOriginConfig: { originProtocolPolicy: 'https-only', originSslProtocols: ['TLSv1.2'] },
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: PAGES,
        viewerProtocolPolicy: 'redirect-to-https',
        compress: true,
        forwardedValues: { queryString: false },
      },
      cacheBehaviors: [
        {
          pathPattern: '/api/*',
          targetOriginId: API,
          viewerProtocolPolicy: 'https-only',
          allowedMethods: API_METHODS,
          forwardedValues: { queryString: true, headers: API_HEADERS },
          minTtl: 0,
          defaultTtl: 0,
          maxTtl: 0,
        },
      ],
      // A path of the page itself is no file: it gets the page, under the status it has. So does an answer of the API that forbids,
      // of which the dashboard reads the status alone.
      customErrorResponses: ERRORS_NOT_KEPT.map((errorCode) => ({
        errorCode,
        errorCachingMinTtl: 0,
        ...(errorCode === 403 && { responseCode: 403, responsePagePath: '/index.html' }),
      })),
    },
  })
  return { distributionId: distribution.ref, ownDomain: distribution.attrDomainName }
}
