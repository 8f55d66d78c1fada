import { expect, test } from 'vitest';
import { between, hcl, oneOf, types, type WorkspaceStack } from '../src/index.js';
import { apply, fullProvider, plainBerth, synthesise } from './synth.js';

test('the variable berth takes everything that a coordinator sends, nulls and all', () => {
  const configuration = synthesise(stack => stack.output('berth', hcl`var.berth`));
  expect(apply(configuration, { berth: plainBerth })).toEqual({ berth: plainBerth });
  const full = { ...plainBerth, provider: fullProvider };
  expect(apply(configuration, { berth: full })).toEqual({ berth: full });
});

test('literal text stays what it is, and expressions in it become their values', () => {
  const texts = ['${HOME} %{if x} $${y} "quoted" \\n \\', 'two\nlines\tand\u0001', '$', '{}', '%%{'];
  const make = (stack: WorkspaceStack) => {
    const size = stack.parameter('size', types.number);
    stack.output('texts', texts);
    stack.output('mixed', [`\${HOME} ${size}Gi ${stack.berth.owner.username}!`]);
    stack.output('sum', hcl<number>`${size} * 2`);
    stack.output('nested', { name: `${hcl`upper(${`${stack.berth.owner.username}-${size}`})`}.`, nothing: null });
  };
  expect(apply(synthesise(make), { berth: plainBerth, size: 3 })).toEqual({
    texts,
    mixed: ['${HOME} 3Gi Ada!'],
    sum: 6,
    nested: { name: 'ADA-3.', nothing: null },
  });
});

test('a parameter is a variable with its type, default, validation and sensitivity', () => {
  const configuration = synthesise(stack => {
    stack.parameter('cpu', types.number, { description: 'Cores: ${x}', default: 2, validation: [between(1, 8)] });
    stack.parameter('size', types.string, { validation: [oneOf('small', 'large')] });
    const git = types.object({
      name: types.string,
      email: types.optional(types.string),
      tabs: types.optional(types.number, 2),
    });
    stack.parameter('git', git, { default: { name: 'ada' }, sensitive: true });
    stack.parameter('code', types.list(types.map(types.bool)), { ephemeral: true });
  });
  expect(configuration.variable).toMatchObject({
    cpu: {
      type: 'number',
      nullable: false,
      default: 2,
      description: 'Cores: ${x}',
      validation: [{ condition: '${var.cpu >= 1 && var.cpu <= 8}', error_message: 'Choose a number from 1 to 8.' }],
    },
    size: { validation: [{ condition: '${contains(["small", "large"], var.size)}' }] },
    git: {
      type: 'object({ name = string, email = optional(string), tabs = optional(number, 2) })',
      default: { name: 'ada' },
      sensitive: true,
    },
    code: { type: 'list(map(bool))', ephemeral: true },
  });
});

test('nothing of the machine that synthesised it is in a template', () => {
  const configuration = synthesise(stack => stack.output('name', stack.berth.workspace.name));
  expect(configuration.terraform).toEqual({});
  expect(JSON.stringify(configuration)).not.toContain(process.cwd());
});
