// Compiles and strips for the package's architecture, whichever the host's is.
import type { Arch } from './runtime.ts';
import { execute, requireTools, type Tool } from './tools.ts';

interface Toolchain {
  readonly prefix: string;
  readonly debian: readonly Tool[];
}

function toolchainFor(arch: Arch): Toolchain {
  if (arch === process.arch) return { prefix: '', debian: [{ command: 'gcc', debian: 'gcc libc6-dev' }] };
  const gnu = { arm64: 'aarch64', x64: 'x86_64' }[arch];
  const prefix = `${gnu}-linux-gnu-`;
  const dashed = gnu.replace('_', '-');
  return { prefix, debian: [{ command: `${prefix}gcc`, debian: `gcc-${dashed}-linux-gnu` }] };
}

/** The C library's headers for the other architecture, which the compiler only recommends. */
const crossHeaders = { arm64: 'libc6-dev-arm64-cross', x64: 'libc6-dev-amd64-cross' } as const;

/** Compiles one C file into a Node addon. @throws Error with the compiler's words */
export function compileAddon(arch: Arch, runtime: string, source: string, target: string): void {
  const { prefix, debian } = toolchainFor(arch);
  const headers =
    arch === process.arch ? [] : [{ command: `../${prefix.slice(0, -1)}/include/stdio.h`, debian: crossHeaders[arch] }];
  requireTools([...debian, ...headers]);
  const flags = ['-std=gnu11', '-Os', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-s'];
  execute(`${prefix}gcc`, [...flags, '-I', `${runtime}/include/node`, '-o', target, source]);
}

/** Copies an executable without its symbol table. What addons link against is in its dynamic table and stays. */
export function stripTo(arch: Arch, source: string, target: string): void {
  const { prefix, debian } = toolchainFor(arch);
  requireTools(debian);
  execute(`${prefix}strip`, ['--strip-unneeded', '-o', target, source]);
}
