import { BerthError } from '@berth/protocol';
import { z } from 'zod';

/** A pre-shared key as the coordinator takes it; `organizations` null means all of them. */
interface NamedPsk {
  name: string;
  secret: string;
  organizations: string[] | null;
}

const list = z.array(
  z.strictObject({
    name: z.string().min(1),
    secret: z.string().min(1),
    organizations: z.array(z.string()).nullable().default(null),
  }),
);

/**
 * Reads the value of `--provisioner-daemon-psk` or its file: one secret a line (several, so that one can be replaced
 * while daemons run), or a JSON list of `{name, secret, organizations}`.
 *
 * @throws BerthError `invalid_request`; the value is never part of it
 */
export function readPsks(text: string): NamedPsk[] {
  if (text.trimStart().startsWith('[')) return readList(text);
  const secrets = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
  // Most likely a variable that was not set: without an error nobody would notice until the daemons are refused.
  if (secrets.length === 0) throw new BerthError('invalid_request', 'the pre-shared key is empty');
  return secrets.map((secret, i) => {
    return { name: secrets.length === 1 ? 'default' : `line-${i + 1}`, secret, organizations: null };
  });
}

function readList(text: string): NamedPsk[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message would quote the text.
    throw new BerthError('invalid_request', 'the list of pre-shared keys is not JSON');
  }
  const read = list.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new BerthError('invalid_request', `the list of pre-shared keys: ${issue?.path.join('.')}: ${issue?.message}`, {
    hint: 'Write [{"name": "…", "secret": "…", "organizations": ["…"]}].',
  });
}
