import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { TerraformError } from '../errors.js';
import { parseJson } from '../jsonValue.js';
import { expression, type ParsedExpression } from './expression.js';

/** Beside `src/` and `dist/`, so that it is found from both. */
const script = fileURLToPath(new URL('../../processes/hclToJson.js', import.meta.url));

/** Half a second for a usual template; a deadlocked converter shall not hold an import for ever. */
const LONGEST_MS = 60_000;

const answer = z.object({
  files: z.array(z.union([z.object({ content: z.unknown() }), z.object({ error: z.string() })])),
  expressions: z.record(z.string(), z.object({ source: z.string(), tree: expression.nullable() })),
});

interface HclAnswer {
  /** In the order of the request: the converted file, or the converter's error text. */
  files: z.infer<typeof answer>['files'];
  /** Syntax trees by the text that stands for the expression in a converted file. */
  expressions: Map<string, ParsedExpression>;
}

/**
 * Converts native configuration files to JSON, in a short-lived process: the converter would keep 134 MB in ours.
 *
 * @param expressions texts of the form `${expression}` whose syntax trees are wanted too
 * @throws TerraformError `configuration_unreadable`
 */
export async function convertHcl(
  files: readonly { name: string; text: string }[],
  expressions: readonly string[],
): Promise<HclAnswer> {
  if (files.length === 0 && expressions.length === 0) return { files: [], expressions: new Map() };
  const converter = await execa(process.execPath, [script], {
    env: {},
    extendEnv: false,
    input: JSON.stringify({ files, expressions }),
    reject: false,
    timeout: LONGEST_MS,
    maxBuffer: 256 * 1024 * 1024,
  });
  const read = converter.failed ? null : answer.safeParse(parseJson(converter.stdout));
  if (read?.success !== true) {
    throw new TerraformError('configuration_unreadable', 'the configuration could not be converted to JSON', {
      cause: converter.failed ? converter : read?.error,
    });
  }
  const trees = new Map<string, ParsedExpression>();
  for (const [text, { source, tree }] of Object.entries(read.data.expressions)) {
    if (tree !== null) trees.set(text, { source, tree });
  }
  return { files: read.data.files, expressions: trees };
}
