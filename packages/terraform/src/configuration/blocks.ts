import { z } from 'zod';
import { type JsonValue, jsonValue } from '../jsonValue.js';

/** The arguments and inner blocks of a block. */
export type Body = Record<string, JsonValue>;

/** The blocks of one file that are of interest; of those with a label, each with its name. */
export interface FileBlocks {
  file: string;
  /** In JSON files texts stand for themselves, in native ones `${` is escaped. */
  syntax: 'native' | 'json';
  override: boolean;
  terraform: Body[];
  variables: { name: string; body: Body }[];
  outputs: { name: string; body: Body }[];
  providers: { name: string; body: Body }[];
  resources: ResourceBlock[];
  /** What is to be forgotten; provisioners may stand there. */
  removed: Body[];
}

/** A resource of any mode. */
export interface ResourceBlock {
  mode: 'resource' | 'data' | 'ephemeral';
  type: string;
  name: string;
  body: Body;
}

const modes = ['resource', 'data', 'ephemeral'] as const;

const bodySchema = z.record(z.string(), jsonValue);
/** JSON configuration allows a list of bodies wherever one may stand, at every level. */
const bodies = z.union([bodySchema.transform(one => [one]), z.array(bodySchema)]).catch([]);

/** Reads `value` as one body or a list of bodies; what is neither gives none. */
export function toBodies(value: JsonValue | undefined): Body[] {
  return bodies.parse(value);
}

/** Picks the blocks out of a file that was converted to JSON, or was JSON from the start. */
export function readBlocks(
  { name, syntax, override }: { name: string; syntax: 'native' | 'json'; override: boolean },
  content: unknown,
): FileBlocks {
  const inner = { terraform: [], variables: [], outputs: [], providers: [], resources: [], removed: [] };
  const blocks: FileBlocks = { file: name, syntax, override, ...inner };
  for (const top of bodies.parse(content)) {
    blocks.terraform.push(...toBodies(top.terraform));
    blocks.variables.push(...labelled(top.variable));
    blocks.outputs.push(...labelled(top.output));
    blocks.providers.push(...labelled(top.provider));
    blocks.removed.push(...toBodies(top.removed));
    for (const mode of modes) blocks.resources.push(...readResources(mode, top[mode]));
    for (const { body } of labelled(top.check)) blocks.resources.push(...readResources('data', body.data));
  }
  return blocks;
}

function readResources(mode: ResourceBlock['mode'], value: JsonValue | undefined): ResourceBlock[] {
  return labelled(value).flatMap(({ name: type, body }) => labelled(body).map(found => ({ mode, type, ...found })));
}

/** Blocks by their label. */
export function labelled(value: JsonValue | undefined): { name: string; body: Body }[] {
  return toBodies(value).flatMap(byName => {
    return Object.entries(byName).flatMap(([name, inner]) => toBodies(inner).map(body => ({ name, body })));
  });
}
