// Compiles and strips for the package's architecture, whichever the host's is.
import type { Arch } from './runtime.ts';
import { execute } from './tools.ts';

/**
 * What the names of that architecture's tools begin with; needs.mjs has the packages that bring
 * them.
 */
function prefixFor(arch: Arch): string {
  return arch === process.arch ? '' : `${{ arm64: 'aarch64', x64: 'x86_64' }[arch]}-linux-gnu-`;
}

/** Compiles one C file into a Node addon. @throws Error with the compiler's words */
export function compileAddon(arch: Arch, runtime: string, source: string, target: string): void {
  const flags = ['-std=gnu11', '-Os', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-s'];
  execute(`${prefixFor(arch)}gcc`, [...flags, '-I', `${runtime}/include/node`, '-o', target, source]);
}

/**
 * Copies an executable without its symbol table. What addons link against is in its dynamic table
 * and stays.
 */
export function stripTo(arch: Arch, source: string, target: string): void {
  execute(`${prefixFor(arch)}strip`, ['--strip-unneeded', '-o', target, source]);
}
