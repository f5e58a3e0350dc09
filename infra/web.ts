import { Annotations, RemovalPolicy, type Stack } from 'aws-cdk-lib'
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import type { Settings } from './settings.ts'
import { serveInChina } from './web-china.ts'
import { serveEverywhere } from './web-everywhere.ts'

/** The dashboard: files in a private bucket, served by CloudFront together with the API, so that both are of one origin. */
export type SystemWeb = { url: string; bucketName: string; distributionId: string }

/** `npm run deploy` puts the files there: by CDK that would take a function of its own. Undefined when nothing can serve them. */
export const addWeb = (stack: Stack, settings: Settings, api: HttpApi): SystemWeb | undefined => {
  const { domain, certificate, partition } = settings
  const inChina = partition === 'aws-cn'
  if (inChina && (domain === undefined || certificate === undefined)) {
    Annotations.of(stack).addWarningV2(
      'yangguang:no-dashboard',
      'No dashboard: in China CloudFront serves no name of its own. Give -c domain=… (with ICP filing) and -c certificate=ASC…',
    )
    return undefined
  }
  const bucket = new Bucket(stack, 'web-files', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const behind = { bucket, apiHost: `${api.apiId}.execute-api.${stack.region}.${stack.urlSuffix}` }
  const { distributionId, ownDomain } =
    inChina && domain !== undefined && certificate !== undefined
      ? serveInChina(stack, behind, { domain, certificate })
      : serveEverywhere(stack, behind, settings)
  return { url: `https://${domain ?? ownDomain}`, bucketName: bucket.bucketName, distributionId }
}
