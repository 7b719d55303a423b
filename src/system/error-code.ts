// The code of a system call that failed.

/** `ENOENT`, `EROFS` and so on; '' of an error that has none. */
export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
