/**
 * The URL with `verify-full` in place of a weaker sslmode that asks for encryption. pg checks certificate and host name for
 * all of these, and warns on stderr that its next version will not: states and secrets shall not begin to go to whoever
 * answers by an update of it. Who wants libpq's own meaning says `uselibpqcompat=true`; `no-verify` checks nothing.
 */
export function checkedTls(url: string): string {
  if (/[?&]uselibpqcompat=true\b/.test(url)) return url;
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}
