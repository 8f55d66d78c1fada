import { describe } from 'vitest';
import { storeConformance } from './conformance/suite.js';
import { openSqliteStore } from './sqlite/openUnderTest.js';

describe('the store on SQLite', () => storeConformance(openSqliteStore));
