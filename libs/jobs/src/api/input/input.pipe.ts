import type { PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { sift } from './contents.js';
import { type FieldProblem, InvalidInputError } from '../answers/api-errors.js';

/**
 * Input that has been checked. The type is written so, and not as the class, so that an application's own global
 * `ValidationPipe`, with whatever options it has, leaves it to us.
 */
export type Checked<T> = Readonly<T>;

/** Checks a query, a body or the parameters of a path by a class, and names every field that is wrong. */
class InputPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(private readonly type: new () => T) {}

  transform(value: unknown): T {
    const given = value ?? {};
    if (typeof given !== 'object' || Array.isArray(given)) {
      throw new InvalidInputError([{ field: '', message: 'must be a JSON object' }]);
    }
    const { known, strange, complete } = sift(this.type, given);
    const input = plainToInstance(this.type, known, { exposeUnsetFields: false });
    complete(input);
    const problems = [
      ...strange.map((path) => ({ field: path, message: 'is not known here' })),
      ...problemsOf(validateSync(input, { forbidUnknownValues: false }), ''),
    ];
    if (problems.length > 0) {
      throw new InvalidInputError(problems.slice(0, MOST_PROBLEMS));
    }
    return input;
  }
}

/** The pipe for a parameter: `@Body(input(SubmitInput)) body: Checked<SubmitInput>`. */
export function input<T extends object>(type: new () => T): PipeTransform<unknown, T> {
  return new InputPipe(type);
}

const MOST_PROBLEMS = 50;

function problemsOf(errors: readonly ValidationError[], above: string): readonly FieldProblem[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }): readonly FieldProblem[] => {
    const path = above === '' ? property : `${above}.${property}`;
    const nested = problemsOf(children, path);
    // A section that is none of its own says the same twice.
    const own = constraints['field'];
    return own === undefined ? nested : [{ field: path, message: own }, ...nested];
  });
}
