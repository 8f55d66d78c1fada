/** Whether a text of a native configuration file has expressions in it (`${…}`, `%{…}`). */
export function isTemplate(text: string): boolean {
  return /(?<!\$)\$\{|(?<!%)%\{/.test(text);
}

/** Takes away the escapes of `${` and `%{` in a text without expressions. */
export function unescapeTemplate(text: string): string {
  return text.replace(/\$\$\{/g, () => '${').replace(/%%\{/g, '%{');
}

/** Takes away the escapes of a quoted string: `\n`, `\"`, `\u00e9`, `\U0001f600`… */
export function unescapeQuoted(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (whole, short, long, character) => {
    const code = short ?? long;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return escapes.get(character) ?? whole;
  });
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
]);

/** Source text of an expression that the converter printed as `${expression}`. */
export function expressionSource(text: string): string {
  return /^\$\{(.*)\}$/s.exec(text)?.[1] ?? text;
}
