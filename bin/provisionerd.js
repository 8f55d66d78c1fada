#!/usr/bin/env node
// The same as `berth provisionerd …`: a host that only runs daemons needs one short name.
import { runBerth } from './berth.js';

await runBerth(['provisionerd', ...process.argv.slice(2)]);
