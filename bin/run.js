#!/usr/bin/env node
import { runBerth } from './berth.js';

await runBerth(process.argv.slice(2));
