import { z } from 'zod';
import { type JsonValue, jsonValue, parseJson } from '../jsonValue.js';
import type { Interest, JsonVisitor } from './jsonScanner.js';
import { ResourceCollector, type StateResource } from './resourceCollector.js';

/** A root output, as the state holds it; sensitive ones in the clear. */
export interface StateOutput {
  name: string;
  /** Type in the engine's JSON form: `"string"`, `["list","string"]`… */
  type: JsonValue;
  value: JsonValue;
  sensitive: boolean;
}

/** What of a state is collected beside serial and lineage. */
export interface StateWishes {
  outputs: boolean;
  resources: boolean;
}

const output = z.object({
  value: jsonValue.default(null),
  type: jsonValue.default('dynamic'),
  sensitive: z.boolean().default(false),
});

/** Where in the state the scanner is: at the top, among the outputs, or below `resources`. */
type Place = 'top' | 'outputs' | 'resources';

/**
 * Collects from a state what stands at its top, its outputs and its resources. A key that comes twice counts as its
 * last one, as it does for the engine.
 */
export class StateVisitor implements JsonVisitor {
  serial: number | null = null;
  lineage: string | null = null;
  engineVersion: string | null = null;
  readonly outputs = new Map<string, StateOutput>();
  private readonly collector = new ResourceCollector();
  private depth = 0;
  private place: Place = 'top';
  private name = '';

  constructor(private readonly wishes: StateWishes) {}

  get resources(): StateResource[] {
    return this.collector.resources;
  }

  member(key: string | number): Interest {
    if (this.depth === 1) return this.topMember(String(key));
    if (this.place === 'resources') return this.collector.member(key);
    this.name = String(key);
    return 'capture';
  }

  captured(text: string): void {
    const value = parseJson(text);
    if (this.place === 'resources') {
      this.collector.captured(value);
    } else if (this.place === 'outputs') {
      const found = output.safeParse(value);
      if (found.success) this.outputs.set(this.name, { name: this.name, ...found.data });
    } else if (this.name === 'serial') {
      this.serial = typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
    } else if (this.name === 'lineage') {
      this.lineage = typeof value === 'string' && value !== '' ? value : null;
    } else {
      this.engineVersion = typeof value === 'string' ? value : null;
    }
  }

  entered(): void {
    this.depth++;
    if (this.depth > 2 && this.place === 'resources') this.collector.entered();
  }

  left(): void {
    if (this.depth > 2 && this.place === 'resources') this.collector.left();
    this.depth--;
  }

  private topMember(key: string): Interest {
    this.place = 'top';
    this.name = key;
    switch (key) {
      case 'serial':
      case 'lineage':
      case 'terraform_version':
        return 'capture';
      case 'outputs':
        this.place = 'outputs';
        this.outputs.clear();
        return this.wishes.outputs ? 'enter' : 'skip';
      case 'resources':
        this.place = 'resources';
        this.collector.clear();
        return this.wishes.resources ? 'enter' : 'skip';
      default:
        return 'skip';
    }
  }
}
