import { TerraformError } from '../errors.js';
import { isAddress } from '../plugins/pluginSources.js';
import { listMirror } from './pluginMirror.js';

/**
 * Text of the CLI configuration of an attempt, the only one that its engine reads. Plugins come from the mirrors:
 * each folder is asked for exactly the plugins that it has for this platform, and everything else (the network mirrors
 * or, without any, the plugins' own registries) for exactly the others. A folder beside a plain `direct` would not do:
 * the engine then asks the registry too, and fails without network though the folder has the plugin.
 *
 * @param mirrors folders (in the layout of `terraform providers mirror`, packed or unpacked) and `https://` addresses
 * @param platform of the engine, such as `linux_amd64`
 * @param only a further folder, whose plugins are looked for nowhere else
 * @param elsewhere asks for what the folders have elsewhere too: they have it, and not in a version that will do
 * @throws TerraformError `invalid_mirror`
 */
export async function formatCliConfig(
  mirrors: readonly string[],
  platform: string,
  only: string | null = null,
  elsewhere = false,
): Promise<string> {
  const addresses = mirrors.filter(isAddress);
  const folders = [...(only === null ? [] : [only]), ...mirrors.filter(mirror => !isAddress(mirror))];
  const placed = new Set(only === null ? [] : await listMirror(only, platform));
  const found = new Set<string>();
  const methods: string[] = [];
  for (const folder of folders) {
    const plugins = await listMirror(folder, platform);
    const include = folder === only ? plugins : plugins.filter(plugin => !placed.has(plugin));
    if (folder === only || !elsewhere) for (const plugin of include) found.add(plugin);
    if (include.length > 0) methods.push(method('filesystem_mirror', { path: folder, include }));
  }
  const exclude = [...found].sort();
  for (const address of addresses) {
    if (!address.startsWith('https://')) {
      throw new TerraformError(
        'invalid_mirror',
        `the plugin mirror ${address} must be a folder or an https:// address`,
      );
    }
    methods.push(method('network_mirror', { url: address.endsWith('/') ? address : `${address}/`, exclude }));
  }
  if (addresses.length === 0) methods.push(method('direct', { exclude }));
  return `disable_checkpoint = true\nprovider_installation {\n${methods.join('')}}\n`;
}

function method(name: string, settings: Record<string, string | string[]>): string {
  const lines = Object.entries(settings).map(([key, value]) => {
    return `    ${key} = ${typeof value === 'string' ? quote(value) : `[${value.map(quote).join(', ')}]`}\n`;
  });
  return `  ${name} {\n${lines.join('')}  }\n`;
}

/** CLI configurations are HCL 1, which interpolates `${` in strings and knows no escape for it. */
function quote(text: string): string {
  if (/\$\{|[\r\n]/.test(text)) {
    throw new TerraformError('invalid_mirror', `${JSON.stringify(text)} cannot stand in a CLI configuration`, {
      hint: 'Use a path or address without ${ and line breaks.',
    });
  }
  return JSON.stringify(text);
}
