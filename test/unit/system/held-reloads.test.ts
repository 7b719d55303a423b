// Signals that come while the daemon starts.
import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { holdingReloads } from '../../../src/system/held-reloads.ts';

test('a reload that comes while the daemon starts is made when it can be, once', () => {
  const process = new EventEmitter();
  const onSignal = holdingReloads(process);
  process.emit('SIGHUP');
  const reload = vi.fn();
  onSignal('SIGTERM', vi.fn());
  expect(reload).not.toHaveBeenCalled();
  onSignal('SIGHUP', reload);
  expect(reload).toHaveBeenCalledTimes(1);
  process.emit('SIGHUP');
  expect(reload).toHaveBeenCalledTimes(2);
});

test('nothing came meanwhile: nothing is reloaded', () => {
  const reload = vi.fn();
  holdingReloads(new EventEmitter())('SIGHUP', reload);
  expect(reload).not.toHaveBeenCalled();
});
