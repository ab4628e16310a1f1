import { S3Error } from './error.ts';

/** One enabled rule that lets objects expire. */
export interface ExpiryRule {
  id: string;
  prefix: string;
  /** All must be there. */
  tags: Readonly<Record<string, string>>;
  /** In bytes; bounds themselves are outside. */
  largerThan: number;
  smallerThan: number;
  days: number;
}

export interface ExpiryCandidate {
  key: string;
  sizeBytes: number;
  lastModifiedMs: number;
  tags: Readonly<Record<string, string>>;
}

const dayMs = 86_400_000;

/** An object expires at the midnight (UTC) that follows its last day. */
const expiresAtMs = (lastModifiedMs: number, days: number): number =>
  Math.ceil((lastModifiedMs + days * dayMs) / dayMs) * dayMs;

export const isExpired = (object: ExpiryCandidate, rule: ExpiryRule, nowMs: number): boolean =>
  object.key.startsWith(rule.prefix) &&
  object.sizeBytes > rule.largerThan &&
  object.sizeBytes < rule.smallerThan &&
  Object.entries(rule.tags).every(([name, value]) => object.tags[name] === value) &&
  expiresAtMs(object.lastModifiedMs, rule.days) <= nowMs;

interface Tag {
  Key: string;
  Value: string;
}

interface Conditions {
  Prefix?: string;
  Tag?: Tag | Tag[];
  ObjectSizeGreaterThan?: string;
  ObjectSizeLessThan?: string;
}

interface Rule {
  ID?: string;
  Status?: string;
  Prefix?: string;
  Filter?: (Conditions & { And?: Conditions }) | '';
  Expiration?: { Days?: string; Date?: string; ExpiredObjectDeleteMarker?: string };
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation?: string };
  [other: string]: unknown;
}

const notImplemented = (what: string) =>
  new S3Error(501, 'NotImplemented', `${what} of a lifecycle rule is not implemented by this server`);

const malformed = (message: string) => new S3Error(400, 'MalformedXML', message);

const known = ['ID', 'Status', 'Prefix', 'Filter', 'Expiration', 'AbortIncompleteMultipartUpload'];

/** What a `LifecycleConfiguration` lets expire. Unfinished uploads may be named and stay. Throws on what is not implemented. */
export function expiryRules(configuration: Record<string, unknown>): ExpiryRule[] {
  const rules = [configuration.Rule ?? []].flat() as Rule[];
  if (rules.length === 0) throw malformed('expected at least one <Rule>, found none');
  return rules.flatMap((rule) => {
    for (const name of Object.keys(rule)) if (!known.includes(name)) throw notImplemented(name);
    if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') {
      throw malformed(`expected <Status> Enabled or Disabled, found ${rule.Status}`);
    }
    if (rule.Expiration === undefined && rule.AbortIncompleteMultipartUpload === undefined) {
      throw new S3Error(400, 'InvalidRequest', 'At least one action needs to be specified in a rule');
    }
    return rule.Expiration === undefined || rule.Status === 'Disabled' ? [] : [expiryRule(rule, rule.Expiration)];
  });
}

function expiryRule(rule: Rule, expiration: NonNullable<Rule['Expiration']>): ExpiryRule {
  for (const name of Object.keys(expiration)) if (name !== 'Days') throw notImplemented(`Expiration ${name}`);
  const days = Number(expiration.Days);
  if (!Number.isInteger(days) || days < 1) {
    throw new S3Error(400, 'InvalidArgument', `'Days' for Expiration action must be a positive integer, found ${days}`);
  }
  const filter = rule.Filter === undefined || rule.Filter === '' ? {} : rule.Filter;
  const { Prefix, Tag, ObjectSizeGreaterThan, ObjectSizeLessThan } = filter.And ?? filter;
  const tags = Tag === undefined ? [] : [Tag].flat();
  return {
    id: rule.ID ?? '',
    prefix: Prefix ?? rule.Prefix ?? '',
    tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    largerThan: Number(ObjectSizeGreaterThan ?? -1),
    smallerThan: Number(ObjectSizeLessThan ?? Number.POSITIVE_INFINITY),
    days,
  };
}
