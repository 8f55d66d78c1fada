/** The parts of the test bed: what each is built from. Versions stand in the part's `go.mod` alone. */
export interface Part {
  /** Module that holds the programs; its version is the part's version. */
  module: string;
  /** Programs of the part: file name, and the path of the package below the module ('' is the module itself). */
  programs: Readonly<Record<string, string>>;
  /** Variables that the linker sets, by their names, given the version without its `v`. */
  variables?: (version: string) => Record<string, string>;
  /** `namespace/type` of a plugin: the part is then an unpacked mirror that holds it for both engines. */
  plugin?: string;
}

export const parts = {
  time: { module: 'github.com/hashicorp/terraform-provider-time', programs: { plugin: '' }, plugin: 'hashicorp/time' },
  coder: { module: 'github.com/coder/terraform-provider-coder/v2', programs: { plugin: '' }, plugin: 'coder/coder' },
  kubectl: {
    module: 'github.com/gavinbunney/terraform-provider-kubectl',
    programs: { plugin: '' },
    plugin: 'gavinbunney/kubectl',
  },
  tofu: {
    module: 'github.com/opentofu/opentofu',
    programs: { tofu: 'cmd/tofu' },
    // Else it calls itself a development version, which satisfies no version constraint.
    variables: () => ({ 'github.com/opentofu/opentofu/version.dev': 'no' }),
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

export const partNames = Object.keys(parts).filter(isPartName);

/** Plugins among the parts. */
export type PluginName = 'time' | 'coder' | 'kubectl';

export function isPartName(name: string): name is PartName {
  return Object.hasOwn(parts, name);
}
