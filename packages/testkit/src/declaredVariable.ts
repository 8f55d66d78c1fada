import type { VariableDeclaration } from '@berth/protocol';

/** A variable of a template as an import finds it: a string without a default, with what the test says of it. */
export function declaredVariable(name: string, more: Partial<VariableDeclaration> = {}): VariableDeclaration {
  return {
    name,
    type: 'string',
    description: null,
    hasDefault: false,
    default: null,
    sensitive: false,
    nullable: true,
    ephemeral: false,
    validations: [],
    ...more,
  };
}
