// A logger that says nothing, for what is not about the log.
import { openLog } from '../../src/system/log.ts';

export const silentLog = openLog({ level: 'error', journald: false, destination: { write: () => {} } }).log;
