import type { JsonValue } from '../jsonValue.js';
import type { Interest } from './jsonScanner.js';

/** One object that a state owns: an instance of a resource, or a deposed object of one. */
export interface StateResource {
  /** Full address: `module.a["k"].kubernetes_pod.main[0]`, `data.` before the type of a data source. */
  address: string;
  /** Address of the module; null in the root module. */
  module: string | null;
  mode: 'managed' | 'data';
  type: string;
  name: string;
  /** Source address of the plugin: `registry.terraform.io/hashicorp/time`. */
  provider: string;
  /** It will be replaced at the next apply. */
  tainted: boolean;
  /** Key of a deposed object, which waits to be deleted after a replacement; null for a current one. */
  deposed: string | null;
}

/** The keys of a resource, beside its instances. */
const resourceKeys = new Set<string | number>(['module', 'mode', 'type', 'name', 'provider']);

interface Instance {
  /** Already in its brackets: `[0]`, `["key"]`, or nothing. */
  index: string;
  tainted: boolean;
  deposed: string | null;
}

/**
 * Collects the resources of a state; told of the members below `resources`. The keys of a resource may stand after its
 * instances, so that the instances wait for its end.
 */
export class ResourceCollector {
  resources: StateResource[] = [];
  /** 0: a resource comes; 1: in one; 2: in its instances; 3: in an instance. */
  private depth = 0;
  private key = '';
  private readonly resource = new Map<string, string>();
  private instance: Instance = noInstance();
  private instances: Instance[] = [];

  clear(): void {
    this.resources = [];
  }

  member(key: string | number): Interest {
    this.key = String(key);
    switch (this.depth) {
      case 1:
        if (key !== 'instances') return resourceKeys.has(key) ? 'capture' : 'skip';
        this.instances = [];
        return 'enter';
      case 3:
        return key === 'index_key' || key === 'status' || key === 'deposed' ? 'capture' : 'skip';
      default:
        return 'enter';
    }
  }

  captured(value: JsonValue | undefined): void {
    if (this.depth === 1) {
      if (typeof value === 'string') this.resource.set(this.key, value);
      else this.resource.delete(this.key);
    } else if (this.key === 'index_key') {
      this.instance.index = formatIndex(value);
    } else if (this.key === 'status') {
      this.instance.tainted = value === 'tainted';
    } else {
      this.instance.deposed = typeof value === 'string' ? value : null;
    }
  }

  entered(): void {
    this.depth++;
    if (this.depth === 1) {
      this.resource.clear();
      this.instances = [];
    } else if (this.depth === 3) {
      this.instance = noInstance();
    }
  }

  left(): void {
    if (this.depth === 3) this.instances.push(this.instance);
    else if (this.depth === 1) this.finishResource();
    this.depth--;
  }

  /** Without instances it owns nothing: that is how a resource in flight stands in a snapshot. */
  private finishResource(): void {
    const module = this.resource.get('module') ?? null;
    const mode = this.resource.get('mode') === 'data' ? 'data' : 'managed';
    const type = this.resource.get('type') ?? '';
    const name = this.resource.get('name') ?? '';
    // `provider["registry.terraform.io/hashicorp/time"]`, in a module or with an alias perhaps.
    const written = this.resource.get('provider') ?? '';
    const provider = /provider\["([^"]+)"\]/.exec(written)?.[1] ?? written;
    const prefix = `${module === null ? '' : `${module}.`}${mode === 'data' ? 'data.' : ''}${type}.${name}`;
    for (const { index, tainted, deposed } of this.instances) {
      this.resources.push({ address: `${prefix}${index}`, module, mode, type, name, provider, tainted, deposed });
    }
  }
}

function noInstance(): Instance {
  return { index: '', tainted: false, deposed: null };
}

/** `[0]`, `["key"]`, or nothing. Quoted as the engine quotes it. */
function formatIndex(key: JsonValue | undefined): string {
  if (typeof key === 'number') return `[${key}]`;
  if (typeof key !== 'string') return '';
  return `[${JSON.stringify(key).replace(/[$%](?=\{)/g, sign => sign + sign)}]`;
}
