// What is kept in two files of one name: in /run, for the next process of this boot, and on the
// disk, for the next boot.
import { join } from 'node:path';
import { readRegularFileSync } from './regular-file.ts';
import { PublishedFile } from './replace-file.ts';

/** How a file in /run is written: others may look into the folder, not into the file. */
export const IN_RUN = { mode: 0o600, folderMode: 0o755 } as const;

/** How a file on the disk is written. */
export const ON_DISK = { mode: 0o600, folderMode: 0o700, sync: true } as const;

export interface KeptFilesOptions {
  readonly stateDirectory: string;
  readonly runtimeDirectory: string;
  readonly bootId: string;
  /** Told of the first failure in a row to write each file. */
  readonly onFailure: (error: unknown) => void;
}

/** The two files called `name`. */
export const keptFiles = (
  name: string,
  { stateDirectory, runtimeDirectory, onFailure }: KeptFilesOptions,
): { readonly run: PublishedFile; readonly disk: PublishedFile } => ({
  run: new PublishedFile(join(runtimeDirectory, name), IN_RUN, onFailure),
  disk: new PublishedFile(join(stateDirectory, name), ON_DISK, onFailure),
});

/** What `parse` makes of the file's text; undefined where it is not there yet, or not ours. */
export function readKept<T>(
  { path }: { readonly path: string },
  mostBytes: number,
  parse: (text: string) => T,
): T | undefined {
  try {
    return parse(readRegularFileSync(path, mostBytes));
  } catch {
    // What is in it costs nobody a link: counting begins anew.
    return undefined;
  }
}
