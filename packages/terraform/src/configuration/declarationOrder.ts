const declaration = /^[ \t]*variable[ \t]+(?:"([^"\n]*)"|([\p{ID_Start}_][\p{ID_Continue}-]*))/gmu;

/**
 * Puts the variables of a native file into the order in which its text declares them, which the converter loses: it sorts
 * them by name. It is the order in which people are asked for them and nothing hangs on it, so a look at the beginnings of
 * lines will do.
 */
export function asDeclared<V extends { name: string }>(variables: readonly V[], text: string): V[] {
  const names = [...text.matchAll(declaration)].map(([, quoted, bare]) => quoted ?? bare);
  const place = ({ name }: V) => {
    const at = names.indexOf(name);
    return at === -1 ? names.length : at;
  };
  return [...variables].sort((a, b) => place(a) - place(b));
}
