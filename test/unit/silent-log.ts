// A logger that says nothing, for what is not about the log.
import { pino } from 'pino';

export const silentLog = pino({ level: 'silent' });
