// A value that must never be printed: everything that turns it into text sees `[secret]`. What it
// protects is asked for by name.
import { inspect } from 'node:util';

/** What a secret prints as, everywhere. */
const MASK = '[secret]';

/** A PIN or password on its way from the configuration to ModemManager. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself, for the one call that needs it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
