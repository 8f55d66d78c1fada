import { z } from 'zod';
import { guardHolds } from '../guards.js';

/** An error or warning of the engine, about the configuration or about the world. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  summary: string;
  detail: string;
  /** Resource that it is about. */
  address: string | null;
  /** File as the engine names it: relative to the working directory. */
  file: string | null;
  /** From 1. */
  line: number | null;
  /** The lines of the file; null where the file holds the variables' values. */
  snippet: string | null;
  /** What the expressions of the snippet were: `var.size is 3`. Sensitive values are not part of it. */
  values: string[];
}

/** What a diagnostic looks like in the output of `apply -json`, `plan -json`, `init -json` and `validate -json`. */
export const diagnosticJson = z.object({
  severity: z.enum(['error', 'warning']).catch('error'),
  summary: z.string(),
  detail: z.string().default(''),
  address: z.string().nullish(),
  range: z.object({ filename: z.string(), start: z.object({ line: z.number() }) }).nullish(),
  snippet: z
    .object({
      code: z.string(),
      values: z.array(z.object({ traversal: z.string(), statement: z.string() })).nullish(),
    })
    .nullish(),
});

/**
 * @param variablesFile path of the file with the variables' values, as it was given to the engine: what a diagnostic
 *   quotes from it is dropped
 */
export function toDiagnostic(json: z.infer<typeof diagnosticJson>, variablesFile: string | null): Diagnostic {
  const isQuote = json.range != null && json.range.filename === variablesFile;
  const ofVariables = isQuote && guardHolds('terraform.variable_snippets');
  return {
    severity: json.severity,
    summary: json.summary,
    detail: json.detail,
    address: json.address ?? null,
    file: ofVariables ? null : (json.range?.filename ?? null),
    line: ofVariables ? null : (json.range?.start.line ?? null),
    snippet: ofVariables ? null : (json.snippet?.code ?? null),
    values: ofVariables ? [] : (json.snippet?.values ?? []).map(value => `${value.traversal} ${value.statement}`),
  };
}
