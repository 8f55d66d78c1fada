import { beforeAll, test } from 'vitest';
import { compile } from './child.js';
import { killAndVerify } from './killed/churn.js';

beforeAll(compile, 120_000);

test('killed again and again, the database stays sound and loses nothing', { timeout: 600_000 }, () =>
  killAndVerify(40),
);
