import {
  type AttemptOutcome,
  type AttemptRef,
  type AttemptResult,
  BERTH_VARIABLE,
  BerthError,
  type ErrorBody,
  type ParameterValues,
  parameterError,
  type VariableDeclaration,
} from '@berth/protocol';

/** How many attempts it is remembered of. One that was lost between upload and end would stay for ever otherwise. */
const maxRemembered = 1000;

/**
 * Judges the values that a push pinned by the declarations that its import found: a push comes before anybody knows them.
 * What is wrong is remembered from the upload of the findings until the attempt ends, and then fails the import.
 */
export class ImportChecks {
  readonly #wrong = new Map<string, ErrorBody>();

  /** Looks at the findings of an import. Later findings of the same attempt replace earlier ones. */
  look(ref: AttemptRef, result: AttemptResult, pinned: ParameterValues): void {
    if (result.type !== 'template_import') return;
    const error = pinnedError(result.variables, pinned);
    this.forget(ref);
    if (error !== null) this.#wrong.set(key(ref), error.toBody());
    const [oldest] = this.#wrong.keys();
    if (this.#wrong.size > maxRemembered && oldest !== undefined) this.#wrong.delete(oldest);
  }

  /** The outcome as it counts: a success with pinned values that do not fit is a failure. */
  judge(ref: AttemptRef, outcome: AttemptOutcome): AttemptOutcome {
    const error = this.#wrong.get(key(ref));
    return error === undefined || outcome.error !== null ? outcome : { ...outcome, error };
  }

  forget(ref: AttemptRef): void {
    this.#wrong.delete(key(ref));
  }
}

/** What is wrong with pinned values, by field `variables.NAME`; null when nothing is. Values are never part of it. */
export function pinnedError(declared: readonly VariableDeclaration[], pinned: ParameterValues): BerthError | null {
  const known = new Map(declared.map(variable => [variable.name, variable]));
  const unknown = Object.keys(pinned).filter(name => !known.has(name) || name === BERTH_VARIABLE);
  if (unknown.length > 0) {
    const names = unknown.map(name => `'${name}'`).join(', ');
    return new BerthError(
      'unknown_parameter',
      `the push gave values to ${names}, which the template does not declare`,
      {
        fields: Object.fromEntries(unknown.map(name => [`variables.${name}`, 'unknown'])),
      },
    );
  }
  const wrong = Object.entries(pinned).flatMap(([name, value]) => {
    const variable = known.get(name);
    const error = variable === undefined ? null : variable.ephemeral ? EPHEMERAL : parameterError(variable, value);
    return error === null ? [] : [[name, error] as const];
  });
  if (wrong.length === 0) return null;
  return new BerthError('invalid_parameter', wrong.map(([name, error]) => `variable '${name}': ${error}`).join('; '), {
    fields: Object.fromEntries(wrong.map(([name, error]) => [`variables.${name}`, error])),
  });
}

const EPHEMERAL = 'it is ephemeral, so it is asked for at each build and cannot be pinned';

function key({ job, attempt }: AttemptRef): string {
  return `${job} ${attempt}`;
}
