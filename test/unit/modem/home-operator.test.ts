// Whose SIM it is, by what ModemManager tells of it.
import { expect, test } from 'vitest';
import { homeOperators } from '../../../src/modem/home-operator.ts';
import { sim } from '../connection/builders.ts';

test.each<[string, string, string, readonly string[]]>([
  ['ModemManager says it', '26201', '262011234567890', ['26201']],
  ['ModemManager 1.24 says nothing of a MBIM modem without EF_AD', '', '310260123456789', ['310260', '31026']],
  ['the SIM is locked', '', '', []],
  ['the IMSI is cut short', '', '26201', ['26201']],
])('%s', (_, operatorIdentifier, imsi, expected) => {
  expect(homeOperators({ ...sim(), operatorIdentifier, imsi })).toEqual(expected);
});
