import { type Stack, Validations } from 'aws-cdk-lib'

/** What the rules of cdk-nag find and we leave as it is: which finding, where, and why. Nothing else is passed over. */

export type Acknowledged = {
  finding: string
  /** The construct of the stack it is found in. */
  on: RegExp
  because: string
}

export const acknowledged: readonly Acknowledged[] = [
  {
    finding: 'AwsSolutions-S1',
    on: /^archive$/,
    because:
      'Readings of devices, no personal data; one function and operators have access, and every version is kept for months.',
  },
  {
    finding: 'AwsSolutions-S1',
    on: /^web-files$/,
    because: 'Built files without secrets that CloudFront alone reads.',
  },
  {
    finding: 'AwsSolutions-SQS3',
    on: /^rule-errors$/,
    because: 'It is the dead letter queue of the IoT rules; no function takes from it.',
  },
  {
    finding: 'Serverless-SQSRedrivePolicy',
    on: /^(dead-.+|rule-errors)$/,
    because: 'The end of the line: messages wait here for an operator, and an alarm says so.',
  },
  {
    finding: 'AwsSolutions-APIG4',
    on: /^http-api$/,
    because: 'Every function checks session, role and region itself, as it does on one machine; the log-in must be open to all.',
  },
  {
    finding: 'AwsSolutions-IAM5[Resource::<archiveA318A092.Arn>/*]',
    on: /^role-/,
    because: 'The files of the archive, whose keys are days and stations to come.',
  },
  {
    finding: 'AwsSolutions-IAM5[Resource::*]',
    on: /^role-/,
    because: 'timestream:DescribeEndpoints asks where the service is and can be granted for no single resource.',
  },
  {
    finding: 'AwsSolutions-TS3',
    on: /^readings-database$/,
    because: 'Readings of devices are no personal data; Timestream encrypts them under its own key.',
  },
  {
    finding: 'Serverless-LambdaDLQ',
    on: /^[a-z]+(-[a-z]+)+$/,
    because: 'Queued work has the dead letters of its queue, a request its caller, and a run of a schedule the next run.',
  },
  {
    finding: 'Serverless-LambdaEventSourceMappingDestination',
    on: /^[a-z]+(-[a-z]+)+$/,
    because: 'Event sources of SQS have no destination; the dead letters are those of the queue.',
  },
  {
    finding: 'Serverless-LambdaAsyncFailureDestination',
    on: /^(sweep|watch|archive|audit)-[a-z]+$/,
    because:
      'A run that failed is not repeated: the next asks the same question. An alarm tells of runs that fail or are missed.',
  },
  {
    finding: 'Serverless-LambdaTracing',
    on: /^[a-z]+(-[a-z]+)+$/,
    because: 'Lambda has no X-Ray in China, and the log has the request on every line.',
  },
  {
    finding: 'Serverless-SNSRedrivePolicy',
    on: /^alarms$/,
    because:
      'Mail is not tried again usefully; an alarm counts what could not be delivered, and the dashboard shows every alarm.',
  },
  {
    finding: 'AwsSolutions-CFR1',
    on: /^web$/,
    because: 'Offices may be asked from anywhere their people are; who may see what is decided by log-in.',
  },
  {
    finding: 'AwsSolutions-CFR2',
    on: /^web$/,
    because:
      'Static files, and an API that is throttled and limits log-ins itself. In China WAF does not stand before CloudFront.',
  },
  {
    finding: 'AwsSolutions-CFR3',
    on: /^web$/,
    because: 'Its logs hold addresses of people and the queries they sent; the API has an access log without either.',
  },
  {
    finding: 'AwsSolutions-CFR4',
    on: /^web$/,
    because: 'The certificate of CloudFront itself sets this minimum. With a domain it is TLS 1.2.',
  },
  {
    finding: 'AwsSolutions-CFR7',
    on: /^web$/,
    because: 'CloudFormation in China does not know origin access control; an origin access identity does the same.',
  },
]

/** Passes over exactly these findings of a stack. */
export const acknowledge = (stack: Stack): void => {
  for (const { finding, on, because } of acknowledged) {
    const places = stack.node.children.filter(({ node }) => on.test(node.id))
    for (const place of places) Validations.of(place).acknowledge({ id: finding, reason: because })
  }
}
