// @ts-check
// What `npm run offline:write` needs of the machine: see test/prepare/needs.mjs. One world at a time,
// with the machine's own ModemManager.
import { needs as world } from '../world/needs.mjs';

/** @type {import('../prepare/needs.mjs').Needs} */
export const needs = { commands: world.commands ?? {}, files: world.files ?? {} };
