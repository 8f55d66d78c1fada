import { beforeAll, test } from 'vitest';
import { compile } from './child.js';
import { killAndVerify } from './killed/churn.js';

beforeAll(compile, 120_000);

test(
  'a process killed in the middle of its work leaves a sound database with all that it acknowledged',
  {
    timeout: 120_000,
  },
  () => killAndVerify(5),
);
