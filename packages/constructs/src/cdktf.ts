import { ref, Token, Tokenization } from 'cdktf';

/** The only file that imports cdktf: whoever moves to its continuation changes this one. */
export { App, TerraformOutput, TerraformResource, TerraformStack, TerraformVariable } from 'cdktf';

/** The text that stands for an HCL expression within a JavaScript string, until cdktf puts the expression there. */
export function markerOf(hcl: string): string {
  return Token.asString(ref(hcl));
}

/** A value that cdktf's classes take in the place of a number. */
export function numberMarkerOf(hcl: string): number {
  return Token.asNumber(ref(hcl));
}

/** A value that cdktf's classes take in the place of a map of texts. */
export function mapMarkerOf(hcl: string): Record<string, string> {
  return Token.asStringMap(ref(hcl));
}

/** The marker of a value that cdktf has not resolved yet; null for texts and for values that are what they seem. */
export function markerOfUnresolved(value: unknown): string | null {
  if (typeof value === 'string' || !Token.isUnresolved(value)) return null;
  return typeof value === 'number' ? Tokenization.stringifyNumber(value) : Token.asString(value);
}

/** Finds the markers in a text; the whole match is one of them. */
export const markers = /\$\{TfToken\[[^\]]*\]\}/g;
