// Who may write what the program goes by, besides root and the program's own user.

/** What stat says of a file or a folder. */
export interface Ownership {
  readonly uid: number;
  readonly mode: number;
}

const GROUP_OR_OTHERS = 0o022;

/**
 * Why somebody besides root and user `own` may write what is at `path`, and the command that ends
 * it; undefined where nobody may. A sticky folder is no exception: anybody may add to it.
 */
export function othersMayWrite(
  path: string,
  { uid, mode }: Ownership,
  own: number,
): { readonly why: string; readonly command: string } | undefined {
  if (uid !== 0 && uid !== own) return { why: 'belongs to another user', command: `chown root ${shellWord(path)}` };
  if ((mode & GROUP_OR_OTHERS) !== 0)
    return { why: 'may be written by others', command: `chmod go-w ${shellWord(path)}` };
  return undefined;
}

/** For a person's shell: whoever may write the folder has a say in the name. */
const shellWord = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** The user that this process runs as. */
export const ownUid = (): number => process.getuid?.() ?? 0;
