// Converts HCL to JSON in a process of its own: the converter is Go compiled to WebAssembly and keeps 134 MB for as long
// as its process lives. All meaning is given to the result by the one who starts it (src/configuration/hclProcess.ts).
//
// stdin:  {"files": [{"name", "text"}], "expressions": [source]}
// stdout: {"files": [{"content"} or {"error"}], "expressions": {source: {"source", "tree"}}}
//
// `expressions` of the answer holds the syntax trees of those asked for and of every type and default of a variable, and
// every value of a .tfvars file, that is an expression, as `${expression}` or a text with expressions in it; `source` there is the text that the
// tree's positions count in.
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';

// Without the optimising compiler, which takes longer than all of the converting (0.46 s with it, 0.22 s without). A V8
// that does not know the flag goes on without it.
setFlagsFromString('--liftoff-only');
const { default: hcl } = await import('@cdktf/hcl2json');

const request = JSON.parse(await text(process.stdin));
const files = [];
const sources = new Set(request.expressions);
for (const { name, text: content } of request.files) {
  try {
    const json = await hcl.parse(name, content);
    if (name.endsWith('.tfvars')) collectExpressions(json);
    for (const block of Object.values(json.variable ?? {}).flat()) {
      collectExpressions(block.default);
      // A type in quotes, as old templates have it, is an expression all the same.
      if (typeof block.type === 'string') sources.add(wrap(block.type));
    }
    files.push({ content: json });
  } catch (error) {
    files.push({ error: error.message });
  }
}

const expressions = {};
for (const source of sources) expressions[source] = await parseExpression(source);

// The Go runtime would keep the process alive.
process.stdout.write(JSON.stringify({ files, expressions }), () => process.exit(0));

/** Adds each string in `value` that holds `${` or `%{`; as a key of an object too. */
function collectExpressions(value) {
  if (typeof value === 'string') {
    if (/[$%]\{/.test(value)) sources.add(value);
  } else if (Array.isArray(value)) {
    value.forEach(collectExpressions);
  } else if (value !== null && typeof value === 'object') {
    collectExpressions(Object.keys(value));
    collectExpressions(Object.values(value));
  }
}

function wrap(type) {
  return type.startsWith('${') ? type : `\${${type}}`;
}

/** `${expression}` stands for the expression itself; everything else is text with expressions in it. */
async function parseExpression(source) {
  const inner = /^\$\{(.*)\}$/s.exec(source)?.[1];
  // In a heredoc a backslash is a backslash, as it is in what the converter printed.
  const heredoc = `<<BERTH_END\n${source}\nBERTH_END\n`;
  for (const attempt of inner === undefined ? [heredoc] : [inner, heredoc]) {
    try {
      const tree = await hcl.getExpressionAst('expression', attempt);
      if (tree !== null) return { source: attempt, tree };
    } catch {
      // Not of this form.
    }
  }
  return { source, tree: null };
}
