const BEGIN = '# >>> berth >>>';
const END = '# <<< berth <<<';

/** The section of an OpenSSH configuration that includes Berth's own file. It stands first: after a `Host` it would be part of it. */
export function withSection(text: string, include: string): string {
  const section = `${BEGIN}\n# Written by 'berth config-ssh', and removed by 'berth config-ssh --remove'.\nInclude "${include.replaceAll('%', '%%')}"\n${END}\n`;
  const rest = withoutSection(text);
  return rest === '' ? section : `${section}\n${rest}`;
}

/** Everything else stays as it is, also where somebody has taken away one end of a section. */
export function withoutSection(text: string): string {
  const lines = text.split(/(?<=\n)/);
  let begin = -1;
  for (const [i, line] of lines.entries()) {
    if (line.trimEnd() === BEGIN) begin = i;
    if (line.trimEnd() !== END || begin === -1) continue;
    const [before, after] = [lines.slice(0, begin).join(''), lines.slice(i + 1).join('')];
    return withoutSection(before === '' ? after.replace(/^\r?\n/, '') : before + after);
  }
  return text;
}

/** One host of Berth's own file. */
export function hostBlock(names: readonly string[], options: readonly (readonly [string, string])[]): string {
  return [`Host ${names.join(' ')}`, ...options.map(([name, value]) => `  ${name} ${value}`), ''].join('\n');
}
