import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TerraformError } from '../errors.js';
import { parseJson } from '../jsonValue.js';
import { type Diagnostic, diagnosticJson, toDiagnostic } from '../output/diagnostic.js';
import { redactDiagnostic } from '../output/redactEvent.js';
import { splitText } from '../output/splitText.js';
import { noRedactor } from '../redactor/redactor.js';
import type { OperationEnd } from './followRun.js';
import { type OperationContext, operate } from './operation.js';

/** What `validate` found. */
export interface Validation {
  valid: boolean;
  /** Errors and warnings. */
  diagnostics: Diagnostic[];
  end: OperationEnd;
}

/** One document over several lines, instead of one event a line. */
const report = z.object({ valid: z.boolean(), diagnostics: z.array(diagnosticJson) });

/**
 * Checks the initialised configuration for itself, without values and state. Its findings come in the result, not as
 * events; what it prints beside its report comes as events when there is no report.
 *
 * @throws TerraformError `invalid_report` when it ended by itself without a report
 */
export async function validate(context: OperationContext): Promise<Validation> {
  const run = context.folder.run('validate');
  const end = await operate({ ...context, onEvents: () => undefined }, run, ['validate', '-json'], {
    keepOutput: true,
  });
  const { redact } = context.redactor ?? noRedactor;
  const text = await readFile(run.output, 'utf8');
  const found = report.safeParse(parseJson(text));
  if (found.success) {
    const diagnostics = found.data.diagnostics.map(diagnostic =>
      redactDiagnostic(toDiagnostic(diagnostic, null), redact),
    );
    return { valid: found.data.valid, diagnostics, end };
  }
  const said = splitText(redact(text.trim())).map(message => ({
    type: 'text' as const,
    level: 'error' as const,
    message,
  }));
  await context.onEvents(said, 0);
  if (end.rungs.length > 0 || end.exit.code === null) return { valid: false, diagnostics: [], end };
  throw new TerraformError('invalid_report', `validate ended with exit code ${end.exit.code} and without a report`);
}
