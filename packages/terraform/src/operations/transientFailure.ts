/** Go's and the registries' words for what may be gone at the next try. The engine has no code for it. */
const signs = [
  /connection (reset|refused|timed out)/i,
  /network is unreachable/i,
  /no such host/i,
  /temporary failure in name resolution/i,
  /server misbehaving/i,
  /i\/o timeout/i,
  /TLS handshake timeout/i,
  /Client\.Timeout|context deadline exceeded/i,
  /unexpected EOF/i,
  /\b(429 Too Many Requests|500 Internal Server Error|502 Bad Gateway|503 Service Unavailable|504 Gateway Time-?out)/i,
  /(status code|response code|returned|HTTP)\D{0,12}\b(429|500|502|503|504)\b/i,
];

/** Whether an error text of init speaks of the network or a registry that stumbled. */
export function isTransient(text: string): boolean {
  return signs.some(sign => sign.test(text));
}
