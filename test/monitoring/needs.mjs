// @ts-check
// What checks and shows the dashboard and the alerts: see test/prepare/needs.mjs. Prometheus is
// unpacked and not installed, so that none runs on this machine.

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = {
  commands: { curl: 'curl', 'systemd-socket-activate': 'systemd' },
  debs: ['prometheus', 'prometheus-node-exporter'],
};
