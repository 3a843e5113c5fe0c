export type PayloadClass = new () => object;

/**
 * Answers the instance that class-transformer would make of a payload, where it is certain that class-validator would
 * find nothing wrong with it; `undefined` leaves the payload to them.
 */
export type FlatCheck = (payload: object) => object | undefined;

type Fields = Record<string, unknown>;

/** One call of a rule: what class-validator would call, with what it would be given. */
interface Rule {
  readonly rule: { validate(value: unknown, args?: never): unknown };
  readonly constraints: unknown[];
  readonly validateIf?: ((object: object, value: unknown) => boolean) | undefined;
}

/** A property with all that is said of it. */
interface FlatProperty {
  readonly name: string;
  readonly conditions: readonly ((object: object, value: unknown) => unknown)[];
  readonly rules: readonly Rule[];
}

type Libraries = Pick<typeof import('class-transformer'), 'TransformationType'> &
  Pick<typeof import('class-validator'), 'getMetadataStorage' | 'ValidationTypes'>;

/**
 * A check of payloads that are flat, of values that are no objects, by the class's own rules, without the walk that both
 * libraries begin anew for each payload. It knows only one outcome, that all is well: what is refused, nested, without a
 * rule, answered late or thrown is theirs, so that there is one judge. See docs/decisions/flat-payloads.md.
 *
 * The rules are read with the first payload: by then all decorators have run.
 */
export function flatCheck(payloadClass: PayloadClass, libraries: Libraries): FlatCheck {
  let check: FlatCheck | undefined;
  return (payload) => {
    try {
      check ??= byRules(payloadClass, flatProperties(payloadClass, libraries));
      return check(payload);
    } catch {
      return undefined; // It is thrown again where it is told of.
    }
  };
}

function byRules(payloadClass: PayloadClass, properties: readonly FlatProperty[] | undefined): FlatCheck {
  if (properties === undefined) {
    return () => undefined;
  }
  const { name: targetName } = payloadClass;
  const names = new Set(properties.map(({ name }) => name));
  let answersLate = false;

  const passes = (instance: Fields, { name, conditions, rules }: FlatProperty): boolean => {
    const value = instance[name];
    if (isComposite(value)) {
      return false; // set by the class itself
    }
    if (!conditions.every((condition) => condition(instance, value))) {
      return true;
    }
    return rules.every(({ rule, constraints, validateIf }) => {
      if (validateIf !== undefined && !validateIf(instance, value)) {
        return true;
      }
      const args = { targetName, property: name, object: instance, value, constraints };
      const answer = rule.validate(value, args as never);
      if (answer instanceof Promise) {
        answersLate = true;
        answer.catch(() => undefined); // It is asked again, by class-validator.
      }
      return answer === true;
    });
  };

  return (payload) => {
    if (answersLate || !isFlat(payload as Fields, names)) {
      return undefined;
    }
    const instance = new payloadClass() as Fields;
    for (const name of Object.keys(payload)) {
      if (typeof instance[name] === 'function') {
        return undefined;
      }
      instance[name] = (payload as Fields)[name];
    }
    const isOwn = Object.getPrototypeOf(instance) === payloadClass.prototype;
    return isOwn && properties.every((property) => passes(instance, property)) ? instance : undefined;
  };
}

function isFlat(payload: Fields, names: ReadonlySet<string>): boolean {
  if (Object.getPrototypeOf(payload) !== Object.prototype) {
    return false;
  }
  for (const name of Object.keys(payload)) {
    if (!names.has(name) || isComposite(payload[name])) {
      return false;
    }
  }
  return true;
}

function isComposite(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** `undefined` for a class with anything that is not plain: nested rules, transformations, rules for accessors. */
function flatProperties(payloadClass: PayloadClass, libraries: Libraries): readonly FlatProperty[] | undefined {
  const { getMetadataStorage, ValidationTypes } = libraries;
  const storage = getMetadataStorage();
  const said = storage.groupByPropertyName(storage.getTargetValidationMetadatas(payloadClass, '', false, false));
  const names = Object.keys(said);
  if (names.some((name) => name in payloadClass.prototype) || transforms(payloadClass, names, libraries)) {
    return undefined;
  }
  const known: readonly string[] = [
    ValidationTypes.CUSTOM_VALIDATION,
    ValidationTypes.IS_DEFINED,
    ValidationTypes.CONDITIONAL_VALIDATION,
    ValidationTypes.WHITELIST,
  ];
  const properties: FlatProperty[] = [];
  for (const [name, all] of Object.entries(said)) {
    // Conditions and `@Allow` have no rule.
    const rules = all.flatMap(({ constraintCls, constraints, validateIf }) =>
      storage
        .getTargetValidatorConstraints(constraintCls)
        .map(({ instance, async }) => ({ rule: instance as Rule['rule'], async, constraints, validateIf })),
    );
    if (!all.every(({ type }) => known.includes(type)) || rules.some((rule) => rule.async)) {
      return undefined;
    }
    const conditions = all
      .filter(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION)
      .map(({ constraints: [condition] }) => condition as FlatProperty['conditions'][number]);
    properties.push({ name, conditions, rules });
  }
  return properties;
}

/** Whether class-transformer has anything to do but to copy. Its storage is not exported; where it is not found, it has. */
function transforms(payloadClass: PayloadClass, names: readonly string[], { TransformationType }: Libraries): boolean {
  type Storage = typeof import('class-transformer/types/storage');
  let storage: Storage['defaultMetadataStorage'];
  try {
    storage = (require('class-transformer/cjs/storage') as Storage).defaultMetadataStorage;
  } catch {
    return true;
  }
  return (
    storage.getStrategy(payloadClass) !== 'none' ||
    storage.getExposedMetadatas(payloadClass).length > 0 ||
    storage.getExcludedMetadatas(payloadClass).length > 0 ||
    names.some(
      (name) =>
        (storage.findTypeMetadata(payloadClass, name) as unknown) !== undefined ||
        storage.findTransformMetadatas(payloadClass, name, TransformationType.PLAIN_TO_CLASS).length > 0,
    )
  );
}
