import { getMetadataStorage } from 'class-validator';
import { shownName } from '../../domain/errors/shown.js';

/** What is inside of a field that is more than a plain value. */
export type Content =
  /** Whatever JSON can carry: nothing inside is looked at. */
  | { readonly kind: 'free' }
  /** Fields of their own, or a list of such. */
  | { readonly kind: 'section'; readonly section: () => new () => object };

const contents = new Map<object, Map<string, Content>>();

/** Leaves on a field of an input's class what is inside of it. */
export function declareContent(target: object, property: string | symbol, content: Content): void {
  const own = contents.get(target) ?? new Map<string, Content>();
  contents.set(target, own.set(String(property), content));
}

function contentOf(type: new () => object, property: string): Content | undefined {
  for (let target: object | null = type.prototype as object; target !== null; target = Object.getPrototypeOf(target)) {
    const content = contents.get(target)?.get(property);
    if (content !== undefined) {
      return content;
    }
  }
  return undefined;
}

/**
 * An input without what class-transformer must not come to see: it takes a `constructor` inside of JSON for the class of
 * what it is in, and goes as deep as the JSON goes.
 */
export interface Sifted {
  /** The fields that the class knows; free contents left out, and plain values without anything inside of them. */
  readonly known: Readonly<Record<string, unknown>>;
  /** Paths of fields that it does not know. */
  readonly strange: readonly string[];
  /** Puts the free contents into the instance that was made of the known fields. */
  readonly complete: (instance: object) => void;
}

/** Sifts a value by a class of fields. */
export function sift(type: new () => object, given: object, above = ''): Sifted {
  const fields = new Set(fieldsOf(type));
  const known: Record<string, unknown> = {};
  const strange: string[] = [];
  const completions: ((instance: Record<string, unknown>) => void)[] = [];
  for (const [name, value] of Object.entries(given)) {
    const path = above === '' ? shownName(name) : `${above}.${shownName(name)}`;
    if (!fields.has(name)) {
      strange.push(path);
      continue;
    }
    const content = contentOf(type, name);
    if (content?.kind === 'free') {
      completions.push((instance) => (instance[name] = value));
    } else if (content?.kind === 'section') {
      const { sifted, complete } = siftSections(content.section(), value, path);
      known[name] = sifted;
      strange.push(...complete.strange);
      completions.push((instance) => complete.into(instance[name]));
    } else {
      known[name] = shallow(value);
    }
  }
  return {
    known,
    strange,
    complete: (instance) => completions.forEach((complete) => complete(instance as Record<string, unknown>)),
  };
}

interface Completion {
  readonly strange: readonly string[];
  readonly into: (instance: unknown) => void;
}

function siftSections(
  type: new () => object,
  value: unknown,
  path: string,
): { readonly sifted: unknown; readonly complete: Completion } {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const sifted = values.map((each, index) =>
    isSection(each) ? sift(type, each, Array.isArray(value) ? `${path}.${index}` : path) : undefined,
  );
  const known = values.map((each, index) => sifted[index]?.known ?? shallow(each));
  return {
    sifted: Array.isArray(value) ? known : known[0],
    complete: {
      strange: sifted.flatMap((each) => each?.strange ?? []),
      into: (made) => {
        const instances: readonly unknown[] = Array.isArray(made) ? made : [made];
        sifted.forEach((each, index) => each?.complete(instances[index] as object));
      },
    },
  };
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A plain value, or a list of such; of what is inside of either only that there is something. */
function shallow(value: unknown): unknown {
  return Array.isArray(value) ? value.map(flat) : flat(value);
}

function flat(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? [] : {}) : value;
}

function fieldsOf(type: new () => object): readonly string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return metadata.map(({ propertyName }) => propertyName);
}
