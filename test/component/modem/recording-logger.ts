// A pino logger whose lines can be looked at.
import { type Logger, pino } from 'pino';

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Every level is recorded. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const logger = pino(
    { level: 'trace', timestamp: false, formatters: { bindings: () => ({}), level: (level) => ({ level }) } },
    {
      write(text: string) {
        const { level, msg, ...fields } = JSON.parse(text);
        lines.push({ level, message: msg, fields });
      },
    },
  );
  return { logger, lines };
}
