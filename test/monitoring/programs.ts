// Prometheus and node_exporter as Debian builds them, and what comes with systemd.

import { unpackedDeb } from '../prepare/debs.mjs';
import { findCommand } from '../prepare/needs.mjs';
import { needs } from './needs.mjs';

const command = (name: string): string => {
  const path = findCommand(name);
  if (path === undefined) throw new Error(`${name} is missing: run node test/prepare/prepare.mjs monitoring`);
  return path;
};

export const promtool = (): string => `${unpackedDeb('prometheus', needs)}/usr/bin/promtool`;
export const prometheus = (): string => `${unpackedDeb('prometheus', needs)}/usr/bin/prometheus`;
export const nodeExporter = (): string =>
  `${unpackedDeb('prometheus-node-exporter', needs)}/usr/bin/prometheus-node-exporter`;
export const curl = (): string => command('curl');
export const socketActivate = (): string => command('systemd-socket-activate');
