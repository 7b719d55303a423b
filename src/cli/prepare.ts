// `percept-lte prepare`: what an administrator wants done once. Writes a configuration to start
// from; never touches one, nor the modem.
import { open } from 'node:fs/promises';
import { defaultDocument } from '../config/document.ts';
import { type CliContext, EXIT } from './context.ts';

/**
 * Writes the default configuration (mode 0600, since it may come to hold secrets) unless there is
 * one, and says what comes next.
 */
export async function prepare(context: CliContext, configPath: string): Promise<number> {
  let written: boolean;
  try {
    written = await writeOnce(configPath, defaultDocument());
  } catch (error) {
    context.err(
      `${configPath} cannot be written (${error instanceof Error ? error.message : String(error)}); are you root?`,
    );
    return EXIT.fault;
  }
  context.out(written ? `wrote ${configPath}` : `${configPath} is there already; left as it is`);
  const option = configPath === '/etc/percept-lte.yaml' ? '' : ` --config ${configPath}`;
  const steps = [
    ...(written ? [`set connect.apn in ${configPath}: your carrier's access point name`] : []),
    `percept-lte check${option}`,
    `percept-lte doctor${option}       (tells, among others, how the modem is put into MBIM mode)`,
    'systemctl enable --now percept-lte',
    'percept-lte status --watch',
  ];
  context.out('Next:');
  for (const [index, step] of steps.entries()) context.out(`  ${index + 1}. ${step}`);
  return EXIT.ok;
}

/** False, and nothing done, when the file exists. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
