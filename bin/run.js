#!/usr/bin/env node
import { runBerth } from '@berth/cli';

await runBerth(process.argv.slice(2));
