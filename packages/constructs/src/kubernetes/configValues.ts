import { mapMarkerOf, numberMarkerOf } from '../cdktf.js';
import { Expression, type Value } from '../expression.js';
import { templateText } from '../hcl.js';

/** Values as the configuration of cdktf's classes has them: expressions by their markers. */
export function numberOf(value: Value<number>): number {
  return value instanceof Expression ? numberMarkerOf(value.hcl) : value;
}

export function textsOf(values: readonly Value<string>[]): string[] {
  return values.map(templateText);
}

export function mapOf(
  values: Readonly<Record<string, Value<string>>> | Expression<Readonly<Record<string, string>>>,
): Record<string, string> {
  if (values instanceof Expression) return mapMarkerOf(values.hcl);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, templateText(value)]));
}
