import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TerraformError } from '../errors.js';
import { parseJson } from '../jsonValue.js';

/** `*` stands for any number of characters. What is denied is refused; where `allow` is given, so is everything else. */
const rule = z.strictObject({ allow: z.array(z.string()).optional(), deny: z.array(z.string()).optional() });
export type PolicyRule = z.infer<typeof rule>;

const policy = z.strictObject({
  /** By address: `hashicorp/external`, with the registry's host perhaps. */
  plugins: rule.optional(),
  /** By type: `local-exec`. */
  provisioners: rule.optional(),
  /** By type: `external`. */
  data_sources: rule.optional(),
  /** By type: `aws_iam_*`. */
  resources: rule.optional(),
  /** By the sha256 of the archive that was pushed. */
  archives: rule.optional(),
});

/** What the owner of a daemon lets templates do on it. */
export type Policy = z.infer<typeof policy>;

/** @throws TerraformError `policy_unusable` */
export function readPolicy(path: string): Policy {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new TerraformError('policy_unusable', `the policy file ${path} cannot be read${why}`, { cause });
  }
  const content = parseJson(text);
  if (content === undefined) throw new TerraformError('policy_unusable', `the policy file ${path} is not JSON`);
  const read = policy.safeParse(content);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new TerraformError('policy_unusable', `the policy file ${path} is wrong${place}: ${issue?.message}`);
}
