/** As much of a JSON schema as the API's document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly format?: string;
}

/** The schemas of a document, by name. */
export type Schemas = Readonly<Record<string, unknown>>;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What of a value does not fit a schema of the document, a line for each; also what the schema does not tell of. */
export function misfits(value: unknown, of: unknown, schemas: Schemas, path = 'answer'): readonly string[] {
  const schema = of as Schema;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return name in schemas ? misfits(value, schemas[name], schemas, path) : [`${path}: no schema ${name}`];
  }
  if (value === null && schema.nullable === true) {
    return [];
  }
  if (schema.oneOf !== undefined) {
    return schema.oneOf.some((each) => misfits(value, each, schemas, path).length === 0) ? [] : [`${path}: fits none`];
  }
  return [
    ...(schema.allOf ?? []).flatMap((each) => misfits(value, each, schemas, path)),
    ...(schema.enum !== undefined && !schema.enum.includes(value) ? [`${path}: ${String(value)} is not listed`] : []),
    ...(schema.format === 'date-time' && !ISO.test(String(value)) ? [`${path}: ${String(value)} is no time`] : []),
    ...ofType(value, schema, schemas, path),
  ];
}

function ofType(value: unknown, schema: Schema, schemas: Schemas, path: string): readonly string[] {
  switch (schema.type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? ofObject(value as Readonly<Record<string, unknown>>, schema, schemas, path)
        : [`${path}: is no object`];
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((each, index) => misfits(each, schema.items ?? {}, schemas, `${path}[${index}]`))
        : [`${path}: is no array`];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path}: is no integer`];
    case undefined:
      return [];
    default:
      return typeof value === schema.type ? [] : [`${path}: is no ${schema.type}`];
  }
}

function ofObject(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [], additionalProperties = false }: Schema,
  schemas: Schemas,
  path: string,
): readonly string[] {
  return [
    ...required.filter((key) => !(key in value)).map((key) => `${path}.${key}: is missing`),
    ...Object.entries(value).flatMap(([key, each]) => {
      const of = properties[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (of !== undefined) {
        return misfits(each, of, schemas, `${path}.${key}`);
      }
      return additionalProperties === true ? [] : [`${path}.${key}: is not described`];
    }),
  ];
}
