import { AwsCallError } from '../cli-error.ts';

export interface FailedCall {
  /** The denied or failed action, such as `ssm:GetParameters`. */
  readonly action: string;
  /** The name or the ARN of the resource. */
  readonly resource: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

interface AwsFailure extends Omit<FailedCall, 'region'> {
  readonly name: string;
  readonly message: string;
  /** The code of a network error, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** The region as a phrase, such as ` in ap-northeast-2`; empty if the region is unknown. */
  readonly regionPhrase: string;
}

type ErrorRule = readonly [
  applies: (failure: AwsFailure) => boolean,
  text: (failure: AwsFailure) => string,
  fix: (failure: AwsFailure) => string,
  kind?: AwsCallError['kind'],
];

const NETWORK_ERROR_CODE = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE)$/;

const CREDENTIALS_ERROR_NAME =
  /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|AuthFailure/;

/** The rules in the order of evaluation. The first rule that applies describes the error. */
const ERROR_RULES: readonly ErrorRule[] = [
  [
    ({ name, message }) =>
      /^(Token|SSO\w*)ProviderError$|ExpiredToken/.test(name) ||
      /(SSO session|token).*expired/i.test(message),
    () => 'The AWS login has expired.',
    ({ profile }) =>
      `Log in again: aws sso login${profile === undefined ? '' : ` --profile ${profile}`}. Or renew the keys in the environment.`,
  ],
  [
    ({ name, profile }) => name === 'CredentialsProviderError' && profile !== undefined,
    ({ profile, message }) => `The profile "${profile}" has no AWS credentials: ${toSentence(message)}`,
    () => 'To list the profiles: aws configure list-profiles.',
  ],
  [
    ({ name }) => name === 'CredentialsProviderError',
    ({ message }) => `There are no AWS credentials: ${toSentence(message)}`,
    () =>
      'Run "aws sts get-caller-identity" to test your credentials. Then pass --profile <name>, set AWS_PROFILE, or run "aws configure".',
  ],
  [
    ({ message }) => /region is missing|missing region|region not accepted/i.test(message),
    () => 'No AWS region is set.',
    () => 'Pass --region <region>, for example --region ap-northeast-2, or set AWS_REGION.',
  ],
  [
    ({ name }) => CREDENTIALS_ERROR_NAME.test(name),
    ({ name, regionPhrase }) => `AWS rejected the credentials${regionPhrase} (${name}).`,
    () => 'Run "aws sts get-caller-identity" to test your credentials, and check the clock of this machine.',
  ],
  [
    ({ name }) => /RequestTimeTooSkewed|RequestExpired/.test(name),
    ({ name }) => `AWS rejected the time of this machine (${name}).`,
    () => 'Synchronize the clock: timedatectl set-ntp true.',
  ],
  [
    ({ name }) => /AccessDenied|NotAuthorized|AuthorizationError/.test(name),
    ({ action, resource, regionPhrase, message }) =>
      `Not allowed: ${deniedAction(message) ?? `${action} on ${resource}${regionPhrase}`}.`,
    ({ message }) =>
      `Request this permission; docs/cli.md lists the permissions of each command.${describePrincipal(message)}`,
    'denied',
  ],
  [
    ({ name }) => /Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded$/.test(name),
    ({ action, regionPhrase }) => `AWS throttled ${action}${regionPhrase} three times.`,
    () => 'Try again in a minute: all callers in the account share the rate limit.',
  ],
  [
    ({ name, message, code = '' }) =>
      NETWORK_ERROR_CODE.test(code) ||
      name === 'TimeoutError' ||
      /socket hang up|getaddrinfo|ECONN/.test(message),
    ({ action, regionPhrase, code, name }) =>
      `AWS cannot be reached for ${action}${regionPhrase}: ${code ?? name}.`,
    () => 'Check the network, the proxy, --region and --endpoint-url.',
  ],
  [
    ({ name }) => /NotFound|NonExistentQueue|QueueDoesNotExist/.test(name),
    ({ resource, regionPhrase }) => `${resource} does not exist${regionPhrase}.`,
    () => 'Pass --region, --profile, --prefix or --stack, or deploy first: npx cdk deploy.',
    'not-found',
  ],
  [
    () => true,
    ({ action, resource, regionPhrase, name, message }) =>
      `${action} on ${resource}${regionPhrase} failed: ${name}: ${toSentence(message)}`,
    () => 'Try again. If the error persists, check the AWS Health Dashboard and your permissions.',
  ],
];

export function describeAwsError(error: unknown, { region, ...call }: FailedCall): AwsCallError {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const regionPhrase = region === undefined ? '' : ` in ${region}`;
  const failure: AwsFailure = { ...call, name, message, code: errorCodeOf(error), regionPhrase };
  const [, text, fix, kind] = ERROR_RULES.find(([applies]) => applies(failure)) as ErrorRule;
  return new AwsCallError(call.action, text(failure), fix(failure), { cause: error, kind });
}

function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return errorCodeOf(error.cause);
}

/** If KMS denies a decryption, the denied action differs from the called action. */
function deniedAction(message: string): string | undefined {
  const [, action, resource] =
    /not authorized to perform: ([\w-]+:\w+) on (?:the )?resource: (\S+)/.exec(message) ?? [];
  return action === undefined ? undefined : `${action} on ${resource}`;
}

/** Returns a sentence with the caller from the message "User: arn:… is not authorized to perform: …". */
function describePrincipal(message: string): string {
  const arn = /User: (arn:\S+)/.exec(message)?.[1];
  return arn === undefined ? '' : ` You are ${arn}.`;
}

const MAX_MESSAGE_LENGTH = 200;

function toSentence(text: string): string {
  const singleLine = text.replace(/\s+/g, ' ').trim();
  if (singleLine.length > MAX_MESSAGE_LENGTH) return `${singleLine.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
  return /[.!?]$/.test(singleLine) ? singleLine : `${singleLine}.`;
}
