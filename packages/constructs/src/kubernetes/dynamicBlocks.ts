/** A block of a resource, made of an object whose shape is known only when Terraform runs. */
export interface Block {
  /** The block's name in the resource. */
  label: string;
  /** Field of the object around it that it is made of; the label in camel case unless given. */
  field?: string;
  /** The field is a list: a block for each. Else one, if the field is there. */
  many?: boolean;
  /** Attributes of the block, and the fields that they are taken from. */
  attributes?: Readonly<Record<string, string>>;
  blocks?: readonly Block[];
}

/** Terraform's `dynamic` blocks for the fields of an object; what an object does not have is left out. */
export function dynamicBlocks(blocks: readonly Block[], object: string): Record<string, unknown> {
  return Object.fromEntries(blocks.map(block => [block.label, [dynamicBlock(block, object)]]));
}

function dynamicBlock({ label, field, many = false, attributes = {}, blocks = [] }: Block, object: string) {
  const source = `${object}.${field ?? camelCase(label)}`;
  const value = `${label}.value`;
  return {
    // A missing field and a null one are errors in the loop: there is nothing to make a block of.
    for_each: `\${try([for item in ${many ? source : `[${source}]`} : item if item != null], [])}`,
    content: {
      ...Object.fromEntries(
        Object.entries(attributes).map(([name, from]) => [name, `\${try(${value}.${from}, null)}`]),
      ),
      ...(blocks.length === 0 ? {} : { dynamic: dynamicBlocks(blocks, value) }),
    },
  };
}

function camelCase(label: string): string {
  return label.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
