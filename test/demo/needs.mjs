// @ts-check
// What `npm run demo` needs of the machine: see test/prepare/needs.mjs. One world, with the
// machine's own ModemManager.
import { needs as world } from '../world/needs.mjs';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = { commands: world.commands ?? {}, files: world.files ?? {} };
