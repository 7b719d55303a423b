// A parser of what comes from outside: its inputs, and what must hold for all of them.
import fc from 'fast-check';

export interface Target {
  readonly name: string;
  /** One input and its check; the check throws when it does not hold. */
  readonly property: fc.IRawProperty<[unknown]>;
}

export const target = <T>(name: string, input: fc.Arbitrary<T>, check: (input: T) => void): Target => ({
  name,
  property: fc.property(input, check) as fc.IRawProperty<[unknown]>,
});

/** The same for what answers later. */
export const laterTarget = <T>(name: string, input: fc.Arbitrary<T>, check: (input: T) => Promise<void>): Target => ({
  name,
  property: fc.asyncProperty(input, check) as fc.IRawProperty<[unknown]>,
});

/** Runs `parse`; undefined when it throws the error that it promises. */
export function orPromised<T>(
  parse: () => T,
  ...promised: readonly (new (
    ...args: never[]
  ) => Error)[]
): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (promised.some((one) => error instanceof one)) return undefined;
    throw error;
  }
}
