import { AwsCallError } from '../cli-error.ts';

/** What was tried, and where: what a person needs to find the reason. */
export interface AttemptedCall {
  /** Such as `ssm:GetParameters`. */
  readonly action: string;
  /** Name or ARN. */
  readonly resource: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

/** Any error of an AWS client, as one line that says what to do. */
export function describeAwsError(error: unknown, attempted: AttemptedCall): AwsCallError {
  if (error instanceof AwsCallError) return error;
  const { name, message } = describe(error);
  const { action, resource } = attempted;
  const made = (kind: AwsCallError['kind'], text: string, fix: string) =>
    new AwsCallError(kind, action, text, fix, error);
  const where = attempted.region === undefined ? '' : ` in ${attempted.region}`;
  const login = attempted.profile === undefined ? '' : ` --profile ${attempted.profile}`;

  if (
    /^(Token|SSO\w*)ProviderError$/.test(name) ||
    /ExpiredToken/.test(name) ||
    /(SSO session|token).*expired/i.test(message)
  )
    return made(
      'no-credentials',
      'The AWS login has run out.',
      `Log in again: aws sso login${login}, or renew the keys in the environment.`,
    );
  if (name === 'CredentialsProviderError' && attempted.profile !== undefined)
    return made(
      'no-credentials',
      `No AWS credentials by the profile "${attempted.profile}": ${sentence(message)}`,
      'See them: aws configure list-profiles.',
    );
  if (name === 'CredentialsProviderError')
    return made(
      'no-credentials',
      `No AWS credentials: ${sentence(message)}`,
      'Try "aws sts get-caller-identity"; then pass --profile <name>, set AWS_PROFILE, or run "aws configure".',
    );
  if (/region is missing|missing region|region not accepted/i.test(message))
    return made(
      'no-region',
      'No AWS region.',
      'Pass --region <region>, for example --region ap-northeast-2, or set AWS_REGION.',
    );
  if (
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|AuthFailure/.test(
      name,
    )
  )
    return made(
      'bad-credentials',
      `AWS does not know these credentials (${name})${where}.`,
      'Look at "aws sts get-caller-identity"; also a clock that is minutes off does this.',
    );
  if (/RequestTimeTooSkewed|RequestExpired/.test(name))
    return made(
      'bad-credentials',
      `AWS refuses the time of this machine (${name}).`,
      'Set its clock: timedatectl set-ntp true.',
    );
  if (/AccessDenied|NotAuthorized|AuthorizationError/.test(name))
    return made(
      'denied',
      `Not allowed: ${refused(message) ?? `${action} on ${resource}${where}`}.`,
      `Ask for that permission; docs/operator.md lists what each command needs.${whoIs(message)}`,
    );
  if (/Throttl|TooManyRequests|RequestLimitExceeded|LimitExceeded$/.test(name))
    return made(
      'throttled',
      `AWS throttles ${action}${where}, even after three tries.`,
      'Wait a minute and try again; many readers share the limits of an account.',
    );
  if (isUnreachable(error, name, message))
    return made(
      'unreachable',
      `AWS cannot be reached for ${action}${where}: ${codeOf(error) ?? name}.`,
      'Look at the network, a proxy, --region and --endpoint-url.',
    );
  if (/NotFound|NonExistentQueue|QueueDoesNotExist|ParameterNotFound/.test(name))
    return made(
      'not-found',
      `${resource} does not exist${where}.`,
      'Pass --region, --profile, --prefix or --stack, or deploy first: npx cdk deploy.',
    );
  return made(
    'other',
    `${action} on ${resource}${where} failed: ${name}: ${sentence(message)}`,
    'Try again; if it stays, look at the AWS Health Dashboard and at the rights.',
  );
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
]);

function isUnreachable(error: unknown, name: string, message: string): boolean {
  const code = codeOf(error);
  if (code !== undefined && UNREACHABLE.has(code)) return true;
  return name === 'TimeoutError' || /socket hang up|getaddrinfo|ECONN/.test(message);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

/** What AWS itself names: a read of a SecureString may be refused by KMS. */
function refused(message: string): string | undefined {
  const [, action, resource] =
    /not authorized to perform: ([\w-]+:\w+) on (?:the )?resource: (\S+)/.exec(message) ?? [];
  return action === undefined ? undefined : `${action} on ${resource}`;
}

/** Who AWS took us for, out of "User: arn:… is not authorized to perform: …". */
function whoIs(message: string): string {
  const who = /User: (arn:\S+)/.exec(message)?.[1];
  return who === undefined ? '' : ` You are ${who}.`;
}

function describe(error: unknown): { readonly name: string; readonly message: string } {
  return error instanceof Error ? error : { name: 'Error', message: String(error) };
}

const LONGEST = 200;

/** On one line, not too long, and with an end. */
function sentence(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length > LONGEST) return `${line.slice(0, LONGEST - 1)}…`;
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
