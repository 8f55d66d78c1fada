import type { JsonValue } from '../jsonValue.js';

/** Words in the name of an environment variable that make its value a secret. */
const secretWords =
  /(^|_)(TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|PASS|PSK|PAT|CREDENTIAL|CREDENTIALS|APIKEY|KEY|AUTH|COOKIE|DSN)(_|$)/i;
/** …unless it only tells where the secret is, or who it belongs to. */
const pointers = /_(FILE|PATH|DIR|NAME|USER|HOST|ENDPOINT|SOCK|TYPE|METHOD|LIFETIME)$/i;

/**
 * The secrets of an environment: values of variables named like secrets (`AWS_SECRET_ACCESS_KEY`, `DB_PASSWORD`…), and
 * the passwords in addresses of any (`HTTPS_PROXY=http://user:password@host`). File paths are none.
 */
export function secretsOfEnvironment(environment: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    if (secretWords.test(name) && !pointers.test(name) && !value.startsWith('/')) secrets.add(value);
    for (const password of passwords(value)) secrets.add(password);
  }
  return [...secrets];
}

/** The secrets in a sensitive value of a variable or an output: every text and number in it, at any depth. */
export function secretsOfValue(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value === 'boolean') return [];
  return Object.values(value).flatMap(secretsOfValue);
}

/** Passwords in addresses, as they are written and decoded. */
function passwords(text: string): string[] {
  return [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/gi)].flatMap(([, password = '']) => {
    try {
      return [password, decodeURIComponent(password)];
    } catch {
      // A stray % sign: it is meant as it is written.
      return [password];
    }
  });
}
