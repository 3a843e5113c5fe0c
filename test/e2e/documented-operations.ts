import type { Schemas } from '../api/fits-schema.js';

/** As much of the API's OpenAPI document as is used here. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Schemas };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }>
  >;
}

/** An operation that the document describes: how it is called, and what it answers. */
export class DocumentedOperation {
  private constructor(
    readonly id: string,
    readonly method: string,
    private readonly path: string,
    private readonly responses: DescribedOperation['responses'],
  ) {}

  /** All of a document, by id. */
  static allOf({ paths }: OpenApiDocument): ReadonlyMap<string, DocumentedOperation> {
    return new Map(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { operationId, responses }]) => [
          operationId,
          new DocumentedOperation(operationId, method.toUpperCase(), path, responses),
        ]),
      ),
    );
  }

  /** Its path with these parameters in it. */
  pathWith(params: Readonly<Record<string, string>>, query: Readonly<Record<string, string>>): string {
    const path = this.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = params[name];
      if (value === undefined) {
        throw new Error(`The request of ${this.id} has no parameter ${name}, which ${this.path} needs`);
      }
      return encodeURIComponent(value);
    });
    const text = new URLSearchParams(query).toString();
    return text === '' ? path : `${path}?${text}`;
  }

  /** The statuses it has for a call that goes well. */
  get successes(): readonly number[] {
    return Object.keys(this.responses)
      .map(Number)
      .filter((status) => status >= 200 && status < 300);
  }

  /** What an answer has to fit; `undefined` where the document says it has no body. */
  schemaOf(status: number, type: string): unknown {
    const content = this.responses[status]?.content;
    if (content !== undefined && content[type] === undefined) {
      throw new Error(
        `${this.id} answers ${status} as '${type}', and the document says ${Object.keys(content).join()}`,
      );
    }
    return content?.[type]?.schema;
  }
}
