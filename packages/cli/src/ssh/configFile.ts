const BEGIN = '# >>> berth >>>';
const END = '# <<< berth <<<';

/** The section of an OpenSSH configuration that includes Berth's own file. It stands first: after a `Host` it would be part of it. */
export function withSection(text: string, include: string): string {
  const section = `${BEGIN}\n# Written by 'berth config-ssh', and removed by 'berth config-ssh --remove'.\nInclude "${include.replaceAll('%', '%%')}"\n${END}\n`;
  const rest = withoutSection(text);
  return rest === '' ? section : `${section}\n${rest}`;
}

/** Everything else stays as it is. */
export function withoutSection(text: string): string {
  const begin = text.indexOf(`${BEGIN}\n`);
  const end = text.indexOf(`${END}\n`, begin);
  if (begin === -1 || end === -1) return text;
  const before = text.slice(0, begin);
  const after = text.slice(end + END.length + 1);
  return before === '' ? after.replace(/^\n/, '') : before + after;
}

/** One host of Berth's own file. */
export function hostBlock(names: readonly string[], options: readonly (readonly [string, string])[]): string {
  return [`Host ${names.join(' ')}`, ...options.map(([name, value]) => `  ${name} ${value}`), ''].join('\n');
}
