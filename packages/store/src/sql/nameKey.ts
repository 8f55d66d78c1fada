/** What names and addresses are compared by: the same without case. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}
