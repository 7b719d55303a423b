// What the ModemManager under test is able to tell, so that a row expects no more of a manager than
// can be known.

import { defaultModemManager } from '../world/installations.ts';

const name = defaultModemManager();

/** Whether a dropped bearer says why (`ConnectionError`, from 1.18 on). */
export const tellsDropReason = name !== '1.14.12';

/**
 * Whether a denied registration says so: 1.14 by its state, 1.22 and later with the cause; 1.20
 * shows `idle` and nothing else.
 */
export const tellsDenial = name !== 'host' && name !== '1.20.4';

/**
 * Whether ModemManager tells of another operator over QMI when the modem was registered all along:
 * before 1.24 it reads the operator anew only when the registration has changed.
 */
export const tellsOperatorOverQmi = name !== 'host' && name !== '1.14.12' && name !== '1.20.4';
